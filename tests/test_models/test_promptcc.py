"""PromptCC's neck and classifier by what their parts see; against the authors' code elsewhere."""

import pytest
import torch

from mmrsicc.models.heads import DatesFlagHead
from mmrsicc.models.necks import PromptCC
from mmrsicc.structures import DifferenceFeatures


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 16, 3, 4, generator=generator) for _ in range(2))


def make():
    torch.manual_seed(1)
    return PromptCC(in_channels=(3, 16), num_heads=4, max_grid_size=4).eval()


@torch.no_grad()
def test_the_memory_is_the_places_of_one_date_and_then_of_the_other():
    neck = make()
    first, second = maps()
    out = neck((torch.randn(2, 3, 6, 8), first), (torch.randn(2, 3, 6, 8), second))
    assert out.tokens.shape == (2, 24, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    # Without a difference, the dates differ by their learned vectors alone.
    neck.summaries[1] = neck.summaries[0]
    same = neck((first,), (first,)).tokens
    gap = neck.project.weight @ (neck.dates.weight[1] - neck.dates.weight[0])
    torch.testing.assert_close(same[:, 12:] - same[:, :12], gap.expand(2, 12, 16))


@torch.no_grad()
def test_both_dates_see_the_difference_after_less_before():
    neck = make()
    seen = []
    neck.pair_layers[0].register_forward_hook(lambda _, arguments, __: seen.append(arguments[0]))
    neck(*((m,) for m in maps()))
    (first, one), (second, other) = (x.chunk(2, dim=2) for x in seen)
    assert torch.equal(one, second - first) and torch.equal(other, one)


@torch.no_grad()
def test_the_classifier_reads_the_dates_in_their_order():
    torch.manual_seed(2)
    head = DatesFlagHead(encoder_channels=16, num_heads=4, max_grid_size=4).eval()
    first, second = maps()

    def logits(*dates):
        return head(DifferenceFeatures(torch.zeros(2, 1, 1), torch.zeros(2, 1), dates=dates))

    one, other = logits(first, second), logits(second, first)
    assert one.shape == (2,) and not torch.allclose(one, other)
    torch.testing.assert_close(logits(first[1:], second[1:]), one[1:])
    head.classify.weight.copy_(head.classify.weight.flip(0))
    head.classify.bias.copy_(head.classify.bias.flip(0))
    torch.testing.assert_close(logits(first, second), -one)


def test_larger_maps_are_refused():
    image = torch.zeros(1, 16, 6, 4)
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 4 x 4: set max_grid_size=6"):
        make()((image,), (image,))
