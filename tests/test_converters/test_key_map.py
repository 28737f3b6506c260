"""Key maps, and the names of parts that several methods share, against PyTorch's own parts."""

import pytest
import torch
import torchvision
from mmpretrain.models import ResNet
from test_converters.formula import fill, inputs, shapes_of, word_ids
from test_converters.same_network import VOCABULARY
from torch import nn

from mmrsicc.converters.shared_rules import (
    classic_head_rules,
    cross_attention_rules,
    grid_tokens_rules,
    resnet_rules,
)
from mmrsicc.models.heads import ClassicCaptionHead
from mmrsicc.models.layers import CrossAttentionLayer, GridTokens
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.utils.checkpoint import load_weights
from mmrsicc.utils.key_map import KeyMap


def test_a_name_is_matched_whole_and_by_the_first_rule_that_fits():
    keys = KeyMap(renames={r"a\.(\d)\.w": r"first.\1", r"a\.(.*)": r"second.\1", "b": "c"})
    state = {"a.1.w": torch.zeros(1), "a.1.ww": torch.ones(1), "b": torch.ones(2)}
    found = keys.convert(state, "x.pth").state_dict
    assert list(found) == ["first.1", "second.1.ww", "c"]
    assert found["second.1.ww"] is state["a.1.ww"]


def test_what_is_unused_is_kept_apart_even_where_a_rule_fits():
    keys = KeyMap(renames={r"(.*)": r"\1"}, unused=(r"old\..*",))
    converted = keys.convert({"old.w": torch.ones(1), "new.old.w": torch.zeros(1)}, "x.pth")
    assert list(converted.unused) == ["old.w"]
    assert list(converted.state_dict) == ["new.old.w"]


def test_a_fused_projection_is_cut_in_query_key_and_value():
    keys = KeyMap(renames={r"in_proj_(.*)": r"{qkv}.\1"})
    fused = torch.arange(12.0).view(6, 2)
    found = keys.convert({"in_proj_weight": fused}, "x.pth").state_dict
    assert list(found) == ["query.weight", "key.weight", "value.weight"]
    assert torch.equal(torch.cat(list(found.values())), fused)


def test_halves_are_joined_and_matrices_become_kernels():
    renames = {"q": "in_proj{first}", "kv": "in_proj{second}", "fc": "conv.weight{1x1}"}
    keys = KeyMap(renames=renames)
    state = {"kv": torch.ones(4, 2), "fc": torch.rand(3, 2), "q": torch.zeros(2, 2)}
    found = keys.convert(state, "x.pth").state_dict
    assert found.keys() == {"in_proj", "conv.weight"}
    assert found["in_proj"][:, 0].tolist() == [0, 0, 1, 1, 1, 1]
    assert torch.equal(found["conv.weight"][..., 0, 0], state["fc"])
    with pytest.raises(ValueError, match=r"x\.pth lacks the second half of in_proj"):
        keys.convert({"q": torch.zeros(2, 2)}, "x.pth")


def test_parts_are_named_in_order_and_those_without_a_name_are_unused():
    keys = KeyMap(renames={"w": "{enter|}.weight", "v": "{a|b}", "t": "t.weight{T}"})
    state = {name: torch.rand(4, 2) for name in "wvt"}
    converted = keys.convert(state, "x.pth")
    assert torch.equal(converted.state_dict["enter.weight"], state["w"][:2])
    assert torch.equal(converted.state_dict["b"], state["v"][2:])
    assert torch.equal(converted.state_dict["t.weight"], state["t"].T)
    assert list(converted.unused) == ["w (a part)"]
    assert torch.equal(converted.unused["w (a part)"], state["w"][2:])


def test_unknown_and_clashing_names_are_refused():
    keys = KeyMap(renames={"[ab]": "c"})
    with pytest.raises(ValueError, match=r"x\.pth has 7 tensors .* k0, k1, k2, k3, k4\. It is"):
        keys.convert({f"k{i}": torch.ones(1) for i in range(7)}, "x.pth")
    with pytest.raises(ValueError, match=r"x\.pth: b and another tensor both become c"):
        keys.convert({"a": torch.ones(1), "b": torch.ones(1)}, "x.pth")


def converted(module: nn.Module, prefix: str, rules: dict[str, str]) -> dict[str, torch.Tensor]:
    """Fills a module's weights in place; returns them by our names."""
    weights = fill(shapes_of(module.state_dict(prefix=prefix)))
    module.load_state_dict({name.removeprefix(prefix): w for name, w in weights.items()})
    found = KeyMap(renames=rules).convert(weights, "the test")
    return found.state_dict


@pytest.mark.parametrize("depth", [18, 50])
@torch.no_grad()
def test_a_torchvision_resnet_in_a_sequence_becomes_our_backbone(depth):
    theirs = getattr(torchvision.models, f"resnet{depth}")(weights=None)
    sequence = nn.Sequential(*list(theirs.children())[:7]).eval()
    weights = converted(sequence, "image.net.", resnet_rules(r"image\.net"))
    ours = ResNet(depth, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1), out_indices=(2,))
    ours.eval()
    named = {name.removeprefix("encoder.backbone."): tensor for name, tensor in weights.items()}
    load_weights(ours, named, "the test")
    image = inputs("image", 1, 3, 64, 64)
    torch.testing.assert_close(ours(image)[0], sequence(image))


class Decoder(nn.Module):
    """Names as MCCFormers' decoder has them, with PyTorch's layers."""

    def __init__(self) -> None:
        super().__init__()
        self.vocab_embedding = nn.Embedding(len(VOCABULARY), 16)
        layer = nn.TransformerDecoderLayer(16, 4, 64, 0.0, batch_first=True)
        self.transformer = nn.TransformerDecoder(layer, num_layers=2)
        self.wdc = nn.Linear(16, len(VOCABULARY))


@torch.no_grad()
def test_a_classic_decoder_becomes_our_head():
    theirs = Decoder().eval()
    weights = converted(theirs, "decoder.", classic_head_rules(r"transformer\.layers\.(\d+)"))
    head = ClassicCaptionHead(16, VOCABULARY, num_layers=2, num_heads=4).eval()
    model = nn.ModuleDict({"speaker": nn.ModuleDict({"head": head})})
    load_weights(model, weights, "the test")
    ids, memory = word_ids("ids", 2, 5, low=4, high=12), inputs("memory", 2, 7, 16)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    x = theirs.vocab_embedding(ids) + head.positions[:5]
    expected = theirs.wdc(theirs.transformer(x, memory, tgt_mask=mask))
    logits = head(DifferenceFeatures(memory, memory.mean(1)), ids.unsqueeze(1)).squeeze(1)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_attention_to_the_memory_may_have_another_name():
    rules = classic_head_rules(r"layers\.(\d+)", memory_attention="cross", decoder="text")
    keys = KeyMap(renames=rules)
    state = {"text.layers.3.cross.out_proj.bias": torch.zeros(2)}
    assert list(keys.convert(state, "x").state_dict) == [
        "speaker.head.layers.3.memory_attention.output.bias"
    ]


class CrossTransformer(nn.Module):
    """Names as MCCFormers' layer has them, with PyTorch's parts."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.linear1, self.linear2 = nn.Linear(8, 32), nn.Linear(32, 8)

    def forward(self, x: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        x = self.norm1(x + self.attention(x, memory, memory)[0])
        return self.norm2(x + self.linear2(self.linear1(x).relu()))


@torch.no_grad()
def test_a_cross_transformer_becomes_our_layer():
    theirs = CrossTransformer().eval()
    rules = cross_attention_rules(r"encoder\.(\d+)", r"layers.\1")
    weights = converted(theirs, "encoder.4.", rules)
    ours = CrossAttentionLayer(8, 2, dropout=0.5).eval()
    named = {name.removeprefix("layers.4."): tensor for name, tensor in weights.items()}
    load_weights(ours, named, "the test")
    x, memory = inputs("x", 2, 3, 8), inputs("memory", 2, 5, 8)
    torch.testing.assert_close(ours(x, memory), theirs(x, memory), atol=1e-5, rtol=1e-5)


def test_columns_stay_columns():
    rules = grid_tokens_rules("encoder", "input_proj")
    shapes = {
        "encoder.input_proj.weight": (6, 4, 1, 1),
        "encoder.input_proj.bias": (6,),
        "encoder.w_embedding.weight": (3, 3),
        "encoder.h_embedding.weight": (3, 3),
    }
    theirs = fill(shapes)
    tokens = GridTokens(4, 6, grid_size=3)
    named = {
        name.removeprefix("encoder.neck.places."): tensor
        for name, tensor in KeyMap(renames=rules).convert(theirs, "x").state_dict.items()
    }
    load_weights(tokens, named, "the test")
    # The place at row 2, column 1.
    expected = [theirs["encoder.w_embedding.weight"][1], theirs["encoder.h_embedding.weight"][2]]
    assert torch.equal(tokens.positions()[7], torch.cat(expected))
