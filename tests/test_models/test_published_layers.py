"""Blocks that the published captioners share, against PyTorch's layers and by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmrsicc.models.layers import BottleneckBlock, CrossAttentionLayer, GridTokens


def test_a_place_has_its_column_before_its_row():
    tokens = GridTokens(4, 6, grid_size=3)
    places = tokens.positions()
    assert places.shape == (9, 6)
    for row in range(3):
        for column in range(3):
            expected = torch.cat([tokens.columns.weight[column], tokens.rows.weight[row]])
            assert torch.equal(places[3 * row + column], expected)


@torch.no_grad()
def test_grid_tokens_are_the_projected_means_of_cells():
    torch.manual_seed(0)
    tokens = GridTokens(4, 6, grid_size=2)
    x = torch.randn(3, 4, 8, 8)
    cell = x[:, :, :4, 4:].mean((2, 3))
    weight, bias = tokens.project.weight[:, :, 0, 0], tokens.project.bias
    expected = cell @ weight.T + bias + tokens.positions()[1]
    torch.testing.assert_close(tokens(x)[:, 1], expected)


@torch.no_grad()
def test_attention_to_itself_is_pytorchs_encoder_layer():
    torch.manual_seed(0)
    ours = CrossAttentionLayer(32, 4, 0.0).eval()
    theirs = nn.TransformerEncoderLayer(32, 4, 128, 0.0, batch_first=True).eval()
    theirs.self_attn.load_state_dict(ours.attention.state_dict())
    theirs.linear1.load_state_dict(ours.ffn[0].state_dict())
    theirs.linear2.load_state_dict(ours.ffn[3].state_dict())
    theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
    theirs.norm2.load_state_dict(ours.ffn_norm.state_dict())
    x = torch.randn(2, 5, 32)
    torch.testing.assert_close(ours(x, x), theirs(x), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_attention_to_others_depends_on_them():
    torch.manual_seed(0)
    layer = CrossAttentionLayer(32, 4, 0.0).eval()
    x, memory = torch.randn(2, 5, 32), torch.randn(2, 7, 32)
    said = layer(x, memory)
    assert said.shape == x.shape
    # A set has no order, and each query stands for itself.
    torch.testing.assert_close(layer(x, memory.flip(1)), said, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(layer(x[:, :1], memory), said[:, :1], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(layer(x, x), said)


@torch.no_grad()
def test_a_bottleneck_without_its_last_convolution_is_a_rectified_shortcut():
    block = BottleneckBlock(8).eval()
    nn.init.zeros_(block.body[6].weight)
    nn.init.zeros_(block.body[6].bias)
    x = torch.randn(2, 8, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(block(x), F.relu(x))


@pytest.mark.parametrize("channels", [8, 12])
def test_a_bottleneck_has_the_papers_parameters(channels):
    half = channels // 2
    convolutions = channels * half + half + 9 * half * half + half + half * channels + channels
    normalisations = 2 * (half + half + channels)
    count = sum(p.numel() for p in BottleneckBlock(channels).parameters())
    assert count == convolutions + normalisations
