"""The classic head against PyTorch's own decoder, and what it adds to it."""

import pytest
import torch
from test_models.parts import said
from torch import nn

from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.structures import DifferenceFeatures


def make_head(vocabulary, **kwargs):
    torch.manual_seed(1)
    options = {"num_layers": 2, "num_heads": 4, "dropout": 0.0, "position_dropout": 0.0, **kwargs}
    return ClassicCaptionHead(in_channels=32, tokenizer=vocabulary, **options).eval()


def torch_layer(layer):
    """PyTorch's decoder layer with the weights of one of ours."""
    theirs = nn.TransformerDecoderLayer(32, 4, 128, dropout=0.0, batch_first=True).eval()
    for ours, attention in (
        (layer.self_attention, theirs.self_attn),
        (layer.memory_attention, theirs.multihead_attn),
    ):
        parts = (ours.query, ours.key, ours.value)
        attention.in_proj_weight.data = torch.cat([part.weight for part in parts])
        attention.in_proj_bias.data = torch.cat([part.bias for part in parts])
        attention.out_proj.load_state_dict(ours.output.state_dict())
    theirs.linear1.load_state_dict(layer.ffn[0].state_dict())
    theirs.linear2.load_state_dict(layer.ffn[3].state_dict())
    theirs.norm1.load_state_dict(layer.self_norm.state_dict())
    theirs.norm2.load_state_dict(layer.memory_norm.state_dict())
    theirs.norm3.load_state_dict(layer.ffn_norm.state_dict())
    return theirs


def torch_logits(head, memories, ids, residual=False):
    x = head.embedding(ids) + head.positions[: ids.shape[1]]
    mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
    for layer, memory in zip(head.layers, memories, strict=True):
        said = torch_layer(layer)(x, memory, tgt_mask=mask, tgt_is_causal=True)
        x = said + x if residual else said
    return head.classifier(x)


@pytest.mark.parametrize("residual", [False, True])
@torch.no_grad()
def test_the_head_equals_pytorch_decoder(vocabulary, difference, residual):
    head = make_head(vocabulary, residual=residual)
    ids = torch.randint(4, len(vocabulary), (5, 7), generator=torch.Generator().manual_seed(2))
    expected = torch_logits(head, [difference.tokens] * 2, ids, residual)
    torch.testing.assert_close(said(head, difference, ids), expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_each_layer_attends_to_its_level_the_last_first(vocabulary, difference):
    head = make_head(vocabulary, memory_levels=2)
    ids = torch.randint(4, len(vocabulary), (5, 7), generator=torch.Generator().manual_seed(2))
    first, second = difference.tokens[:, :3], difference.tokens[:, 3:]
    expected = torch_logits(head, [second, first], ids)
    torch.testing.assert_close(said(head, difference, ids), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"residual": True}, {"memory_levels": 2}])
@torch.no_grad()
def test_incremental_decoding_equals_full_decoding(vocabulary, difference, options):
    head = make_head(vocabulary, **options)
    ids = torch.randint(4, len(vocabulary), (5, 6), generator=torch.Generator().manual_seed(2))
    full, state = said(head, difference, ids), head.start(difference)
    for position in range(6):
        logits, state = head.step(ids[:, position], state)
        torch.testing.assert_close(logits, full[:, position], atol=1e-5, rtol=1e-5)


def test_levels_must_divide_the_tokens_and_equal_the_layers(vocabulary, difference):
    with pytest.raises(ValueError, match="one of 3 levels, but there are 2 layers"):
        make_head(vocabulary, memory_levels=3)
    head = make_head(vocabulary, num_layers=4, memory_levels=4)
    with pytest.raises(ValueError, match="6 difference tokens are not 4 levels"):
        head.start(difference)


def test_other_widths_are_projected(vocabulary):
    head = make_head(vocabulary, dims=16)
    tokens = torch.zeros(2, 5, 32)
    state = head.start(DifferenceFeatures(tokens, tokens[:, 0]))
    assert state.memory[0][0].shape == (2, 4, 5, 4)
