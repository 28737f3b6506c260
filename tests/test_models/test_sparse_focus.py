"""SparseFocus's neck place by place; against the authors' code: tests/test_converters."""

import pytest
import torch

from mmrsicc.models.necks import SparseFocus
from mmrsicc.models.necks.sparse_focus import CrissCrossAttention


def make():
    torch.manual_seed(1)
    neck = SparseFocus(in_channels=(3, 8), out_channels=10, max_grid_size=5).eval()
    for focus in (neck.focus_before, neck.focus_after):
        torch.nn.init.ones_(focus.share)
    return neck


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 8, 3, 5, generator=generator) for _ in range(2))


@torch.no_grad()
def test_tokens_are_those_of_the_last_map():
    neck = make()
    first, second = maps()
    out = neck((torch.randn(2, 3, 6, 10), first), (torch.randn(2, 3, 6, 10), second))
    again = neck((torch.randn(2, 3, 6, 10), first), (torch.randn(2, 3, 6, 10), second))
    assert out.tokens.shape == (2, 15, 10) and neck.out_channels == 10
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_a_place_attends_to_its_row_and_column():
    torch.manual_seed(0)
    attention = CrissCrossAttention(8).eval()
    torch.nn.init.constant_(attention.share, 0.5)
    x = torch.randn(1, 8, 3, 4)
    queries, keys, values = (
        part(x)[0] for part in (attention.query, attention.key, attention.value)
    )
    said = attention(x)[0]
    for i in range(3):
        for j in range(4):
            seen = [(k, j) for k in range(3) if k != i] + [(i, k) for k in range(4)]
            weights = torch.stack([(queries[:, i, j] * keys[:, r, c]).sum() for r, c in seen])
            mixed = torch.stack([values[:, r, c] for r, c in seen]).T @ weights.softmax(0)
            torch.testing.assert_close(said[:, i, j], x[0, :, i, j] + 0.5 * mixed)


@torch.no_grad()
def test_attention_starts_with_no_share():
    attention, x = CrissCrossAttention(8), torch.randn(2, 8, 3, 4)
    assert torch.equal(attention(x), x)


@torch.no_grad()
def test_each_date_has_attention_of_its_own_and_the_same_places():
    neck = make()
    seen = {}
    neck.focus_before.register_forward_pre_hook(lambda _, x: seen.update(before=x[0]))
    neck.focus_after.register_forward_pre_hook(lambda _, x: seen.update(after=x[0]))
    first, second = maps()
    neck((first,), (second,))
    for row in range(3):
        for column in range(5):
            place = torch.cat([neck.columns.weight[column], neck.rows.weight[row]])
            for name, image in (("before", first), ("after", second)):
                torch.testing.assert_close(
                    seen[name][:, :, row, column], image[:, :, row, column] + place
                )


def test_larger_maps_and_channels_that_do_not_divide_are_refused():
    image = torch.zeros(1, 8, 6, 4)
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 5 x 5: set max_grid_size=6"):
        make()((image,), (image,))
    with pytest.raises(ValueError, match="12 channels, no multiple of 8"):
        SparseFocus(in_channels=(12,))
