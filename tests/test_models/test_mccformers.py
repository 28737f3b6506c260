"""MCCFormers' necks by their symmetries; against the authors' code: tests/test_converters."""

import pytest
import torch

from mmrsicc.models.necks import MCCFormersD, MCCFormersS


def maps(channels=6, side=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(2, channels, side, side, generator=generator) for _ in range(2))


def make(neck, **options):
    torch.manual_seed(1)
    return neck(in_channels=(3, 6), dims=8, grid_size=4, **options).eval()


@pytest.mark.parametrize("neck", [MCCFormersS, MCCFormersD])
@torch.no_grad()
def test_tokens_are_those_of_the_last_map(neck):
    neck = make(neck)
    first, second = maps()
    out = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    again = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    assert out.tokens.shape == (2, 16, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_shared_layers_treat_both_dates_alike():
    neck = make(MCCFormersD)
    first, second = maps()
    there, back = neck((first,), (second,)).tokens, neck((second,), (first,)).tokens
    torch.testing.assert_close(there, back.roll(8, dims=2))
    assert not torch.allclose(there, back)


@torch.no_grad()
def test_only_the_vectors_of_the_dates_tell_them_apart():
    neck = make(MCCFormersS)
    first, second = maps()
    there, back = neck((first,), (second,)).tokens, neck((second,), (first,)).tokens
    assert not torch.allclose(there, back.roll(8, dims=2), atol=1e-3)
    neck.dates.weight[1] = neck.dates.weight[0]
    there, back = neck((first,), (second,)).tokens, neck((second,), (first,)).tokens
    torch.testing.assert_close(there, back.roll(8, dims=2), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("neck", [MCCFormersS, MCCFormersD])
def test_heads_must_divide_the_channels(neck):
    with pytest.raises(ValueError, match="is not a multiple of num_heads=3"):
        make(neck, num_heads=3)
