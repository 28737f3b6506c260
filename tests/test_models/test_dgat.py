"""DGAT's neck by its formulas; against the authors' code: tests/test_converters."""

import math

import pytest
import torch

from mmrsicc.models.necks import DGAT
from mmrsicc.models.necks.dgat import GaussianAttention

SIZE = (2, 3)
PLACES = [(i, j) for i in range(2) for j in range(3)]


def make(**options):
    torch.manual_seed(1)
    return DGAT(in_channels=(3, 16), out_channels=10, ffn_dims=4, max_grid_size=5, **options).eval()


def maps():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(2, 16, 3, 5, generator=generator) for _ in range(2))


def attention():
    torch.manual_seed(0)
    module = GaussianAttention(16, dropout=0.1).eval()
    module.log_variance.data.fill_(-1.0)
    module.gate_log_variance.data.fill_(-2.0)
    return module, torch.randn(1, 6, 16), torch.randn(1, 6, 16)


@torch.no_grad()
def test_tokens_are_those_of_the_last_map():
    neck = make(num_layers=2)
    first, second = maps()
    out = neck((torch.randn(2, 3, 6, 10), first), (torch.randn(2, 3, 6, 10), second))
    again = neck((torch.randn(2, 3, 6, 10), first), (torch.randn(2, 3, 6, 10), second))
    assert out.tokens.shape == (2, 15, 10) and neck.out_channels == 10
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))
    assert torch.equal(out.tokens, again.tokens)


@torch.no_grad()
def test_attention_fades_with_distance_and_gates_around_its_mean_place():
    module, x, memory = attention()
    products = module.query(x) @ module.key(memory).mT / math.sqrt(4)
    weights = products.softmax(2)[0]
    for a, (i, j) in enumerate(PLACES):
        for b, (k, m) in enumerate(PLACES):
            # The diagonal is as long as the root of 1 + 4.
            distance = ((i - k) ** 2 + (j - m) ** 2) / 5
            weights[a, b] *= math.exp(-distance / (2 * math.exp(-1.0)))
    attended = weights @ module.value(memory)[0]
    sought = weights.sum(0) / weights.sum()
    row = sum(float(w) * i for w, (i, _) in zip(sought, PLACES, strict=True))
    column = sum(float(w) * j / 2 for w, (_, j) in zip(sought, PLACES, strict=True))
    near = torch.tensor(
        [
            math.exp(-((i - row) ** 2 + (j / 2 - column) ** 2) / (2 * math.exp(-2.0)))
            for i, j in PLACES
        ]
    )
    expected = attended * module.gate(near / near.sum() @ attended)
    torch.testing.assert_close(module(x, memory, SIZE)[0], expected)


@torch.no_grad()
def test_a_gaussian_without_end_is_plain_attention_under_a_gate():
    module, x, memory = attention()
    module.log_variance.fill_(30.0)
    torch.nn.init.zeros_(module.gate[2].weight)
    queries, keys, values = module.query(x), module.key(memory), module.value(memory)
    plain = torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
    torch.testing.assert_close(module(x, memory, SIZE), plain / 2)


@torch.no_grad()
def test_each_date_attends_to_the_other_as_it_was():
    neck = make()
    seen = {}
    for name in ("before", "after"):
        layer = getattr(neck, f"{name}_layers")[0]
        layer.register_forward_pre_hook(lambda _, x, name=name: seen.update({name: x}))
    neck(*((m,) for m in maps()))
    (first, normed_first, of_second, _), (second, normed_second, of_first, _) = seen.values()
    assert torch.equal(normed_first, neck.before_layers[0].norm(first))
    assert torch.equal(normed_second, neck.after_layers[0].norm(second))
    assert torch.equal(of_second, normed_second) and torch.equal(of_first, normed_first)


@torch.no_grad()
def test_a_map_of_one_place_has_no_distances():
    first, second = (m[..., :1, :1] for m in maps())
    assert make()((first,), (second,)).tokens.isfinite().all()


def test_larger_maps_and_channels_that_do_not_divide_are_refused():
    image = torch.zeros(1, 16, 6, 4)
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 5 x 5: set max_grid_size=6"):
        make()((image,), (image,))
    with pytest.raises(ValueError, match=r"in_channels\[-1\]=24 must be a multiple of 16"):
        DGAT(in_channels=(24,))
