"""Facts of ChangeFormer (Bandara and Patel 2022) and its authors' code."""

import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models import ChangeFormer, MixTransformer
from mmrsicc.models.backbones.mix_transformer import MixTransformerLayer
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample

SMALL = {
    "type": "MixTransformer",
    "channels": (8, 8, 16, 16),
    "depths": (1, 1, 1, 1),
    "num_heads": (1, 2, 2, 4),
}


def make_detector():
    torch.manual_seed(0)
    return ChangeFormer(dict(SMALL), "test", channels=8).eval()


def test_it_has_as_many_parameters_as_the_authors():
    detector = ChangeFormer({"type": "MixTransformer"}, "test")
    assert sum(p.numel() for p in detector.parameters()) == 41026674


def test_the_encoder_is_segformers_where_segformer_can_say_it():
    torch.manual_seed(0)
    ours = MixTransformer((8, 16, 32, 64), (1, 1, 1, 1), (1, 2, 4, 8), (7, 3, 3, 3))
    theirs = MODELS.build(
        {
            "type": "mmseg.MixVisionTransformer",
            "embed_dims": 8,
            "num_layers": [1, 1, 1, 1],
            "num_heads": [1, 2, 4, 8],
            "qkv_bias": True,
        }
    )
    theirs.load_state_dict(dict(zip(theirs.state_dict(), in_their_order(ours), strict=True)))
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        maps = zip(ours.eval()(x), theirs.eval()(x), strict=True)
        for one, other in maps:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def in_their_order(ours):
    """Our weights in the order and the shapes of MMSegmentation's."""
    weights = ours.state_dict()
    for k in range(4):
        layer = f"stages.{k}.0."
        reduce = ["attention.reduce", "attention.reduce_norm"] if k < 3 else []
        for p in ("weight", "bias"):
            yield weights[f"patches.{k}.{p}"]
        for p in ("weight", "bias"):
            yield weights[f"patch_norms.{k}.{p}"]
        for p in ("weight", "bias"):
            yield weights[f"{layer}attention_norm.{p}"]
        for p in ("weight", "bias"):
            names = (f"{layer}attention.query.{p}", f"{layer}attention.key_value.{p}")
            yield torch.cat([weights[name] for name in names])
        for name in ("attention.output", *reduce, "ffn_norm"):
            for p in ("weight", "bias"):
                yield weights[f"{layer}{name}.{p}"]
        for name in ("ffn.widen", "ffn.mix", "ffn.narrow"):
            for p in ("weight", "bias"):
                weight = weights[f"{layer}{name}.{p}"]
                yield weight[:, :, None, None] if weight.dim() == 2 else weight
        for p in ("weight", "bias"):
            yield weights[f"norms.{k}.{p}"]


def test_a_layer_keeps_its_input_where_both_branches_are_left_out():
    layer = MixTransformerLayer(8, 2, 1, dropout=0.0, drop_path=0.5).train()
    torch.manual_seed(0)
    x = torch.randn(64, 2, 2, 8)
    kept = (layer(x) == x).flatten(1).all(1)
    assert 6 < kept.sum() < 28  # a quarter of 64


def test_side_losses_have_the_published_weights():
    detector = make_detector()
    sample = ChangeDataSample()
    sample.gt_mask = (torch.rand(64, 64) > 0.5).byte()
    inputs = torch.rand(2, 1, 3, 64, 64).mul(255).unbind()
    losses = detector(inputs, [sample], mode="loss")
    features = detector.detect(*detector.normalizer(*inputs))
    expected = 0.0
    for k, weight in enumerate((0.8, 0.5, 0.5, 0.5)):
        logits = detector.predictions[k](features.difference[k])
        stride = 4 * 2**k
        assert logits.shape[-2:] == (64 // stride, 64 // stride)
        labels = sample.gt_mask[::stride, ::stride].long()[None]
        expected += weight * F.cross_entropy(logits, labels)
    torch.testing.assert_close(losses["loss_side_ce"], expected)


def test_coarse_differences_enter_the_finer_ones():
    detector = make_detector()
    before, after = torch.randn(2, 1, 3, 64, 64)
    plain = detector.detect(before, after).difference
    torch.nn.init.constant_(detector.differences[3][3].bias, 1.0)
    moved = detector.detect(before, after).difference
    for one, other in zip(plain, moved, strict=True):
        assert not torch.allclose(one, other)
    assert all((m >= 0).all() for m in moved)


@pytest.mark.parametrize("size", [(33, 47), (64, 35)])
def test_the_mask_stays_in_place_for_odd_sizes(size):
    logits = make_detector().detect(*torch.randn(2, 1, 3, *size)).logits
    assert logits.shape == (1, 2, *size)
