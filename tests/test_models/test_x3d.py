"""X3D with a learned frame, against PyTorchVideo's X3D, and Change3D's neck and decoder."""

import json
from pathlib import Path

import pytest
import torch
from test_converters.formula import fill, inputs

from mmrsicc.models.backbones import X3D
from mmrsicc.models.backbones.x3d import PYTORCHVIDEO, DepthwiseConv3d
from mmrsicc.models.layers import PostNormDecoderLayer, encode_dates, output_channels
from mmrsicc.models.necks import Change3D
from mmrsicc.utils.checkpoint import load_weights


@pytest.fixture(scope="module")
def reference():
    """Shapes of a narrow X3D of PyTorchVideo 0.1.5, and what it made of three frames."""
    path = Path(__file__).with_name("x3d.json")
    return json.loads(path.read_text(encoding="utf-8"))


def build(reference, **options):
    sizes = {"depths": reference["depths"], "widths": reference["widths"], "image_size": 32}
    return X3D(**sizes, **options).eval()


def test_each_stage_has_a_depth_and_a_width():
    with pytest.raises(ValueError, match="X3D: 3 depths and 4 widths"):
        X3D(depths=(1, 1, 1), image_size=32)


@torch.no_grad()
def test_each_frame_is_what_pytorchvideos_network_makes_of_it(reference):
    backbone = build(reference)
    weights = PYTORCHVIDEO.convert(fill(reference["shapes"]), "the reference").state_dict
    frame = inputs("frame", 2, 3, 32, 32)[:1]
    load_weights(backbone, {"frame": frame, **weights}, "the reference")
    before, after = inputs("before", 2, 3, 32, 32), inputs("after", 2, 3, 32, 32)
    (firsts,), (seconds,) = ((m,) for m in (x[0] for x in encode_dates(backbone, before, after)))
    first, second, learned = (
        torch.tensor(reference[name]) for name in ("before", "after", "learned")
    )
    torch.testing.assert_close(firsts, torch.cat([first, learned], 1), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(seconds, torch.cat([second, learned], 1), atol=1e-4, rtol=1e-4)
    neck = Change3D(output_channels(backbone))
    tokens = neck((firsts,), (seconds,)).tokens
    torch.testing.assert_close(tokens, learned.flatten(2).transpose(1, 2), atol=1e-4, rtol=1e-4)


def test_published_weights_are_taken_without_their_classifier(reference, tmp_path):
    weights = fill(reference["shapes"])
    state = {**weights, "blocks.5.proj.weight": torch.zeros(400, 8)}
    torch.save({"model_state": state}, tmp_path / "x3d.pyth")
    backbone = build(reference, pretrained=str(tmp_path / "x3d.pyth"))
    frame = backbone.frame.clone()
    backbone.init_weights()
    assert torch.equal(backbone.frame, frame)
    assert torch.equal(backbone.stem[1].weight, weights["blocks.0.conv.conv_xy.weight"])
    ten = build(reference, pretrained=str(tmp_path / "x3d.pyth"), in_channels=10)
    ten.init_weights()
    # Ten equal bands give what three equal colours gave.
    grey = inputs("grey", 1, 1, 1, 32, 32)
    expected = backbone.stem[0](grey.expand(1, 3, 1, 32, 32))
    torch.testing.assert_close(ten.stem[0](grey.expand(1, 10, 1, 32, 32)), expected)
    assert output_channels(ten, 10) == output_channels(backbone)
    del state["blocks.4.res_blocks.0.branch2.conv_a.weight"]
    torch.save({"model_state": state}, tmp_path / "x3d.pyth")
    with pytest.raises(ValueError, match=r"stages\.3\.0\.enter"):
        backbone.init_weights()


def test_published_size_is_pytorchvideos():
    """X3D-L without its classifier, and a frame of 256 x 256."""
    with torch.device("meta"):
        backbone = X3D()
    assert sum(p.numel() for p in backbone.parameters()) == 4_365_240 + 3 * 256**2


@torch.no_grad()
def test_the_learned_frame_fits_images_of_any_size(reference):
    backbone = build(reference)
    (found,) = backbone(*torch.randn(2, 1, 3, 48, 32))
    assert found.shape == (1, 4 * 64, 3, 2) and found.isfinite().all()


@torch.no_grad()
def test_a_decoder_layer_may_have_no_feed_forward_part():
    torch.manual_seed(0)
    whole, without = (PostNormDecoderLayer(16, 2, dims, 0.1).eval() for dims in (32, 0))
    own = {k: v for k, v in whole.state_dict().items() if not k.startswith("ffn")}
    without.load_state_dict(own)
    kept = []
    whole.memory_norm.register_forward_hook(lambda _, __, output: kept.append(output))
    x, memory = torch.randn(2, 5, 16), torch.randn(2, 7, 16)
    whole(x, whole.memory_keys_values(memory))
    found, _ = without(x, without.memory_keys_values(memory))
    torch.testing.assert_close(found, kept[0])


@pytest.mark.parametrize(
    ("kernel", "frames", "stride"), [(3, 3, 2), (3, 3, 1), (5, 3, 1), (3, 4, 1)]
)
def test_depthwise_convolution_equals_pytorchs_own(kernel, frames, stride):
    ours = DepthwiseConv3d(6, (kernel,) * 3, stride).double()
    x, y = (torch.randn(2, 6, frames, 9, 8, dtype=torch.double, requires_grad=True) for _ in "xy")
    y.data.copy_(x.data)
    out, expected = ours(x), torch.nn.Conv3d.forward(ours, y)
    torch.testing.assert_close(out, expected)
    (weights,) = torch.autograd.grad(out.square().sum(), ours.weight, retain_graph=True)
    (reference,) = torch.autograd.grad(expected.square().sum(), ours.weight, retain_graph=True)
    torch.testing.assert_close(weights, reference)
    out.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(x.grad, y.grad)
