import pytest
import torch
from torch import nn

from mmrsicc.models.layers import (
    PairDifference,
    TransformerDecoderLayer,
    output_channels,
    sinusoidal_positions,
)
from mmrsicc.models.layers.convolution import pool


def copy_attention(ours, theirs: nn.MultiheadAttention) -> None:
    ours.query.weight.data, ours.key.weight.data, ours.value.weight.data = (
        theirs.in_proj_weight.data.chunk(3)
    )
    ours.query.bias.data, ours.key.bias.data, ours.value.bias.data = theirs.in_proj_bias.data.chunk(
        3
    )
    ours.output.load_state_dict(theirs.out_proj.state_dict())


def test_decoder_layer_equals_pytorchs():
    torch.manual_seed(0)
    theirs = nn.TransformerDecoderLayer(
        32, 4, 64, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.2)
    ours = TransformerDecoderLayer(32, 4, 64, dropout=0.0)
    copy_attention(ours.self_attention, theirs.self_attn)
    copy_attention(ours.memory_attention, theirs.multihead_attn)
    pairs = [
        (ours.self_norm, theirs.norm1),
        (ours.memory_norm, theirs.norm2),
        (ours.ffn[0], theirs.norm3),
        (ours.ffn[1], theirs.linear1),
        (ours.ffn[4], theirs.linear2),
    ]
    for mine, other in pairs:
        mine.load_state_dict(other.state_dict())

    x, memory = torch.randn(3, 7, 32), torch.randn(3, 5, 32)
    mask = nn.Transformer.generate_square_subsequent_mask(7)
    expected = theirs(x, memory, tgt_mask=mask, tgt_is_causal=True)
    got, _ = ours(x, ours.memory_keys_values(memory))
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


def test_sinusoidal_positions_by_hand():
    positions = sinusoidal_positions(3, 4)
    angles = torch.tensor([[2.0, 2.0 / 100.0]])  # position 2: rates 1 and 10000^(-2/4)
    expected = torch.stack([angles.sin(), angles.cos()], dim=2).flatten()
    torch.testing.assert_close(positions[2], expected)
    with pytest.raises(ValueError, match="even number"):
        sinusoidal_positions(3, 5)


def test_pair_difference_of_equal_maps_ignores_the_dissimilarity_weight():
    torch.manual_seed(0)
    compare = PairDifference(8, 32)
    maps = torch.randn(2, 8, 6, 6)
    with torch.no_grad():
        before = compare(maps, maps)
        compare.dissimilarity_weight.mul_(100)
        torch.testing.assert_close(compare(maps, maps), before, atol=1e-3, rtol=1e-3)
        assert not torch.allclose(compare(maps, -maps), compare(maps, maps), atol=1.0)


def test_pair_difference_knows_the_direction_of_time():
    torch.manual_seed(0)
    compare = PairDifference(8, 32)
    before, after = torch.randn(2, 2, 8, 6, 6)
    assert not torch.allclose(compare(before, after), compare(after, before), atol=1e-2)


def test_output_channels_asks_the_backbone_and_leaves_it_as_it_was():
    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 4, 2, 2), nn.BatchNorm2d(4))
            self.deep = nn.Conv2d(4, 6, 2, 2)

        def forward(self, x):
            x = self.stem(x)
            return x, self.deep(x)

    backbone = Backbone().train()
    mean = backbone.stem[1].running_mean.clone()
    assert output_channels(backbone) == (4, 6)
    assert backbone.training and torch.equal(backbone.stem[1].running_mean, mean)
    with pytest.raises(ValueError, match="tuple of"):
        output_channels(nn.Flatten())


@pytest.mark.parametrize(("places", "cells"), [((8, 8), 4), ((7, 9), (4, 2)), ((3, 3), (5, 7))])
def test_pooling_is_pytorch_s_also_where_it_must_be_repeatable(places, cells):
    maps = torch.randn(2, 3, *places, requires_grad=True)
    expected = pool(maps, cells)
    (slope,) = torch.autograd.grad(expected.square().sum(), maps)
    torch.use_deterministic_algorithms(True)
    try:
        found = pool(maps, cells)
    finally:
        torch.use_deterministic_algorithms(False)
    assert found.shape == (2, 3, *((cells, cells) if isinstance(cells, int) else cells))
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found.square().sum(), maps)[0], slope)
