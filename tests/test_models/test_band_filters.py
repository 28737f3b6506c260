"""Filters of RGB networks for images of other bands."""

import pytest
import torch
from torch.nn.functional import conv2d

from mmrsicc.models.backbones import VMamba, WidenedBackbone
from mmrsicc.models.layers.band_filters import widened
from mmrsicc.models.layers.encode_dates import output_channels
from mmrsicc.registry import MODELS

FILTERS = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("colours", [None, (3, 2, 1), (4, 1, 2)])
@pytest.mark.parametrize("bands", [4, 10, 13])
def test_equal_bands_give_what_equal_colours_gave(bands, colours):
    grey = torch.rand(1, 1, 9, 9, generator=torch.Generator().manual_seed(1))
    expected = conv2d(grey.repeat(1, 3, 1, 1), FILTERS)
    found = conv2d(grey.repeat(1, bands, 1, 1), widened(FILTERS, bands, colours))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_colours_keep_their_filters_up_to_the_scale():
    wide = widened(FILTERS, 6, (4, 3, 2)) * 6 / 3
    torch.testing.assert_close(wide[:, [3, 2, 1]], FILTERS)
    torch.testing.assert_close(wide[:, 5], FILTERS.mean(1))
    assert widened(FILTERS, 3) is FILTERS
    with pytest.raises(ValueError, match="positions of red"):
        widened(FILTERS, 6, (1, 1, 7))


def test_any_backbone_starts_from_its_own_weights(tmp_path):
    torch.manual_seed(0)
    config = {"type": "mmpretrain.ResNet", "depth": 18, "out_indices": (3,)}
    rgb = MODELS.build(config)
    torch.save({"state_dict": rgb.state_dict()}, tmp_path / "rgb.pth")
    config["init_cfg"] = {"type": "Pretrained", "checkpoint": str(tmp_path / "rgb.pth")}
    model = WidenedBackbone(config, bands=5, colours=(3, 2, 1))
    model.init_weights()
    rgb.eval(), model.eval()
    assert output_channels(model, 5) == (512,)
    grey = torch.rand(1, 1, 64, 64)
    (expected,), (found,) = rgb(grey.repeat(1, 3, 1, 1)), model(grey.repeat(1, 5, 1, 1))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_clip_is_widened_too():
    clip = {"type": "CLIPVision", "dims": 32, "num_layers": 1, "num_heads": 2, "image_size": 64}
    torch.manual_seed(0)
    rgb = MODELS.build(clip).eval()
    model = WidenedBackbone(clip, bands=5).eval()
    weights = rgb.state_dict()
    key = "embeddings.patch_embedding.weight"
    model.body.load_state_dict(weights | {key: widened(weights[key], 5)})
    grey = torch.rand(1, 1, 64, 64)
    (expected,), (found,) = rgb(grey.repeat(1, 3, 1, 1)), model(grey.repeat(1, 5, 1, 1))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


def test_vmamba_widens_published_filters(tmp_path):
    small = {"depths": (1, 1), "channels": 16, "out_indices": (0, 1)}
    weights = {k: v for k, v in VMamba(**small).state_dict().items() if "outnorm" not in k}
    torch.save({"model": weights}, tmp_path / "v.pth")
    init = {"type": "Pretrained", "checkpoint": str(tmp_path / "v.pth")}
    wide = VMamba(**small, in_channels=4, init_cfg=init)
    wide.init_weights()
    key = "patch_embed.0.weight"
    torch.testing.assert_close(wide.state_dict()[key], widened(weights[key], 4))


def test_a_backbone_of_one_size_is_asked_at_that_size():
    class Fixed(torch.nn.Module):
        img_size = (32, 48)

        def forward(self, x):
            assert x.shape[-2:] == (32, 48)
            return (x,)

    assert output_channels(Fixed(), 7) == (7,)


def test_frozen_filters_stay_frozen():
    frozen = {"type": "EfficientNetLite", "arch": "lite0", "out_indices": (1,), "frozen_scales": 1}
    weights = WidenedBackbone(frozen, bands=5).body.state_dict(keep_vars=True)
    learned = {name for name, weight in weights.items() if weight.requires_grad}
    own = MODELS.build(frozen).state_dict(keep_vars=True)
    assert learned == {name for name, weight in own.items() if weight.requires_grad}
    assert learned != {name for name, weight in own.items() if weight.is_floating_point()}
