"""PSNet's neck by what its parts see; against the authors' code: tests/test_converters."""

import pytest
import torch

from mmrsicc.models.necks import PSNet


def make(**options):
    torch.manual_seed(1)
    return PSNet(in_channels=(3, 6), dims=8, grid_size=4, num_heads=4, **options).eval()


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 6, 8, 8, generator=generator) for _ in range(2))


def calls_of(modules):
    """A list that gets arguments and output of each call of the modules."""
    seen = []
    for module in modules:
        module.register_forward_hook(lambda _, arguments, output: seen.append((*arguments, output)))
    return seen


@pytest.mark.parametrize("num_levels", [2, 3])
@torch.no_grad()
def test_tokens_are_the_levels_of_the_last_map(num_levels):
    neck = make(num_levels=num_levels)
    first, second = maps()
    out = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    again = neck((torch.randn(2, 3, 16, 16), first), (torch.randn(2, 3, 16, 16), second))
    assert out.tokens.shape == (2, num_levels * 16, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_the_second_date_is_compared_with_what_the_first_has_become():
    neck = make()
    places, seen = calls_of([neck.places]), calls_of(neck.perceptions)
    neck(*((m,) for m in maps()))
    (_, before), (_, after) = places
    assert len(seen) == 6
    for (x, first_difference, first), (y, second_difference, second) in zip(
        seen[::2], seen[1::2], strict=True
    ):
        assert torch.equal(x, before) and torch.equal(first_difference, after - before)
        assert torch.equal(y, after) and torch.equal(second_difference, after - first)
        before, after = first, second


@torch.no_grad()
def test_each_level_attends_to_the_others_alone():
    neck = make()
    perceived, reinforced = calls_of(neck.perceptions), calls_of(neck.reinforcements)
    neck(*((m,) for m in maps()))
    dates = [output for *_, output in perceived]
    levels = [torch.cat(dates[i : i + 2], dim=2) for i in (0, 2, 4)]
    for i, (level, others, _) in enumerate(reinforced):
        assert torch.equal(level, levels[i])
        assert all(map(torch.equal, others, levels[:i] + levels[i + 1 :]))


@torch.no_grad()
def test_what_attention_finds_is_added_through_the_feed_forward_part_alone():
    neck = make()
    reinforce = neck.reinforcements[0]
    torch.nn.init.zeros_(reinforce.ffn[4].weight)
    level, other = torch.randn(2, 4, 16), torch.randn(2, 4, 16)
    torch.testing.assert_close(reinforce(level, [other]), level + reinforce.ffn[4].bias)


def test_one_level_has_no_other():
    with pytest.raises(ValueError, match=r"num_levels=1: .* set at least 2"):
        make(num_levels=1)


def test_heads_must_divide_the_channels():
    with pytest.raises(ValueError, match=r"2 \* dims=12 is not a multiple of num_heads=5"):
        PSNet(in_channels=(3, 6), dims=6, num_heads=5)
