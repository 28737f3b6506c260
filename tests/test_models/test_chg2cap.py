"""Chg2Cap's neck against PyTorch and by hand; against the authors' code: tests/test_converters."""

import pytest
import torch
from torch import nn

from mmrsicc.models.necks import Chg2Cap
from mmrsicc.models.necks.chg2cap import AttentiveLayer


def make(**options):
    torch.manual_seed(1)
    sizes = {"out_channels": 10, "attention_dims": 12, "ffn_dims": 4, "num_heads": 2}
    return Chg2Cap(in_channels=(3, 8), max_grid_size=5, **sizes, **options).eval()


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
def test_a_place_has_its_column_before_its_row():
    neck = make()
    seen = []
    neck.within[0].register_forward_pre_hook(lambda _, arguments: seen.append(*arguments))
    first, second = maps()
    neck((first,), (second,))
    for tokens, image in zip(seen, (first, second), strict=True):
        for row in range(3):
            for column in range(5):
                place = torch.cat([neck.columns.weight[column], neck.rows.weight[row]])
                expected = image[:, :, row, column] + place
                torch.testing.assert_close(tokens[:, 5 * row + column], expected)


@torch.no_grad()
def test_the_similarity_of_the_dates_is_added_to_all_channels():
    neck = make()
    seen = {}
    neck.within[0].register_forward_pre_hook(lambda _, x: seen.setdefault("in", []).append(*x))
    neck.across[-1].register_forward_hook(lambda *call: seen.update(out=call[2]))
    neck.project.register_forward_pre_hook(lambda _, x: seen.update(joined=x[0]))
    neck(*((m,) for m in maps()))
    dates = seen["out"] + torch.cat(seen["in"], dim=2)
    a, b = dates[..., :8], dates[..., 8:]
    cosine = (a * b).sum(2) / (a.norm(dim=2) * b.norm(dim=2))
    joined = seen["joined"].flatten(2).transpose(1, 2)
    torch.testing.assert_close(joined - dates, cosine.unsqueeze(2).expand(-1, -1, 16))


@pytest.mark.parametrize("values_from_keys", [True, False])
@torch.no_grad()
def test_a_layer_is_pytorchs_encoder_layer_without_biases_in_attention(values_from_keys):
    torch.manual_seed(0)
    ours = AttentiveLayer(8, 8, 12, 2, 0.1, values_from_keys).eval()
    theirs = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True).eval()
    value = ours.key if values_from_keys else ours.value
    weights = [part.weight for part in (ours.query, ours.key, value)]
    theirs.self_attn.in_proj_weight.data = torch.cat(weights)
    nn.init.zeros_(theirs.self_attn.in_proj_bias)
    theirs.self_attn.out_proj.load_state_dict(ours.output.state_dict())
    theirs.linear1.load_state_dict(ours.ffn[0].state_dict())
    theirs.linear2.load_state_dict(ours.ffn[3].state_dict())
    theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
    theirs.norm2.load_state_dict(ours.ffn_norm.state_dict())
    x = torch.randn(2, 5, 8)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)


def test_values_of_their_own_are_further_projections():
    without, own = ({k for k, _ in make(values_from_keys=v).named_parameters()} for v in (1, 0))
    assert without < own
    assert own - without == {
        f"{part}.{i}.value.weight" for part in ("within", "across") for i in range(3)
    }


def test_attention_starts_with_xavier_and_positions_with_it():
    neck = Chg2Cap(in_channels=(8,), out_channels=10, attention_dims=24, num_heads=2)
    for matrix in (neck.within[2].query.weight, neck.across[0].ffn[0].weight, neck.rows.weight):
        bound = (6 / sum(matrix.shape)) ** 0.5
        assert 0.9 * bound < matrix.abs().max() <= bound


def test_larger_maps_and_heads_that_do_not_divide_are_refused():
    image = torch.zeros(1, 8, 6, 4)
    with pytest.raises(ValueError, match=r"6 x 4 places, .* 5 x 5: set max_grid_size=6"):
        make()((image,), (image,))
    with pytest.raises(ValueError, match="attention_dims=10 is not a multiple of num_heads=4"):
        Chg2Cap(in_channels=(8,), attention_dims=10, num_heads=4)
