"""SEN by what its parts see; against the authors' code: tests/test_converters."""

import pytest
import torch

from mmrsicc.models.backbones import JointBackbone
from mmrsicc.models.layers.encode_dates import encode_dates, output_channels
from mmrsicc.models.necks import SEN
from mmrsicc.registry import MODELS

RESNET = {
    "type": "mmpretrain.ResNet",
    "depth": 18,
    "in_channels": 6,
    "stem_channels": 8,
    "base_channels": 8,
    "out_indices": (3,),
}


def make():
    torch.manual_seed(1)
    return SEN(in_channels=(3, 11), dims=16, num_heads=2).eval()


def maps():
    """Maps of two dates: the same 8 channels of both, and 3 of each."""
    generator = torch.Generator().manual_seed(0)
    joint, first, second = (
        torch.randn(2, channels, 3, 4, generator=generator) for channels in (8, 3, 3)
    )
    return tuple(torch.cat([joint, own], dim=1) for own in (first, second))


def calls_of(modules):
    """A list that gets arguments and output of each call of the modules."""
    seen = []
    for module in modules:
        module.register_forward_hook(lambda _, arguments, output: seen.append((*arguments, output)))
    return seen


@torch.no_grad()
def test_tokens_are_those_of_the_last_map():
    neck = make()
    first, second = maps()
    out = neck((torch.randn(2, 3, 6, 8), first), (torch.randn(2, 3, 6, 8), second))
    assert out.tokens.shape == (2, 12, 16) and neck.out_channels == 16
    torch.testing.assert_close(out.pooled, out.tokens.mean(1))


@torch.no_grad()
def test_channels_of_the_joint_feature_are_weighed_by_a_dates_own_pixels():
    neck = make()
    weighed, layers = calls_of([neck.weigh_before, neck.weigh_after]), calls_of(neck.layers)
    first, second = maps()
    neck((first,), (second,))
    feature = neck.project(first[:, :8])
    for (embedded, weights), date in zip(weighed, (first, second), strict=True):
        torch.testing.assert_close(embedded, neck.embed(date[:, 8:]))
        assert weights.shape == (2, 16, 1, 1)
    before, after, tokens = layers[0][:3]
    # All three have the same positions, which is what is left of a feature of nothing.
    place = tokens[0, 5] - feature[0, :, 1, 1]
    for sequence, (_, weights) in zip((before, after), weighed, strict=True):
        expected = weights[0, :, 0, 0] * feature[0, :, 1, 1] + place
        torch.testing.assert_close(sequence[0, 5], expected)


@torch.no_grad()
def test_what_differs_after_attending_is_added_to_the_feature():
    layer = make().layers[0]
    torch.nn.init.zeros_(layer.attention.out_proj.weight)
    torch.nn.init.zeros_(layer.attention.out_proj.bias)
    before, after, feature = torch.randn(3, 2, 5, 16)
    first, second, changed = layer(before, after, feature)
    assert torch.equal(first, layer.attend_before(before, feature))
    assert torch.equal(second, layer.attend_after(after, feature))
    torch.testing.assert_close(changed, feature + layer.norm(second - first))


@torch.no_grad()
def test_the_backbone_sees_both_dates_and_keeps_a_pixel_of_each_per_place():
    torch.manual_seed(0)
    backbone = JointBackbone(RESNET).eval()
    before, after = torch.randn(2, 2, 3, 64, 96)
    ((first,), (second,)) = encode_dates(backbone, before, after)
    joint = backbone.backbone(torch.cat([before, after], dim=1))[-1]
    assert joint.shape == (2, 64, 2, 3)
    for date, image in ((first, before), (second, after)):
        torch.testing.assert_close(date[:, :64], joint)
        for row in range(2):
            for column in range(3):
                assert torch.equal(date[:, 64:, row, column], image[:, :, 32 * row, 32 * column])
    assert output_channels(backbone) == (67,)


@torch.no_grad()
def test_sides_that_the_stride_does_not_divide_have_a_pixel_per_place():
    backbone = JointBackbone(RESNET).eval()
    ((first,), _) = encode_dates(backbone, torch.randn(1, 3, 50, 70), torch.randn(1, 3, 50, 70))
    assert first.shape == (1, 67, 2, 3)


def test_channels_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="dims=24 is no multiple of 16"):
        SEN(in_channels=(11,), dims=24)


def test_the_encoder_tells_how_many_bands_a_date_has():
    encoder = MODELS.build(
        {
            "type": "PairEncoder",
            "backbone": {"type": "JointBackbone", "backbone": {**RESNET, "in_channels": 10}},
            "neck": {"type": "SEN", "dims": 16, "num_heads": 2},
            "statistics": {"before": {"mean": [0.0] * 5, "std": [1.0] * 5}},
        }
    )
    assert encoder.neck.embed.in_channels == 5
    assert encoder.neck.project.in_channels == encoder.encoder_channels - 5 == 64
