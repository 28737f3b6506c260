"""TinyCD, a change detector of 0.3 M parameters (Codegoni et al. 2023)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class TinyCD(ChangeDetector):
    """The first stages of EfficientNet-B4, dates mixed channel by channel, pixelwise decisions.

    "TINYCD: a (not so) deep learning model for change detection", Neural Computing and Applications
    2023. Equal channels of both dates meet in grouped convolutions. At full size, half and a
    quarter they become masks of one channel, which the decoder multiplies its maps by on the way up
    from an eighth; the last decision is made pixel by pixel. 285,128 parameters.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(self, source_dataset: str | None, **kwargs: Any) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = _first_stages_of_efficientnet_b4(self.bands)
        self.image_mask = _MixingMask(self.bands, (10, 5))
        self.masks = nn.ModuleList([_MixingMask(24, (12, 6)), _MixingMask(32, (16, 8))])
        self.mix = _Mixing(56)
        self.ups = nn.ModuleList([_Up(56, 64), _Up(64, 64), _Up(64, 32)])
        self.classify = nn.Sequential(_pixelwise((32, 16, 8)), nn.Conv2d(8, 1, 1))

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The backbone's maps of both dates, from stride 2 on, and the decoder's from stride 1."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        halves = [
            mix(a, b) for mix, a, b in zip(self.masks, firsts[1:3], seconds[1:3], strict=True)
        ]
        masks = [self.image_mask(before, after), *halves]
        differences = [self.mix(firsts[3], seconds[3])]
        for up, mask in zip(self.ups, reversed(masks), strict=True):
            differences.insert(0, up(differences[0], mask))
        change = self.classify(differences[0])
        # The network says one number, the log-odds of change: those of no change are 0.
        logits = torch.cat([torch.zeros_like(change), change], dim=1)
        return ChangeFeatures(firsts, seconds, tuple(differences), logits)


class _Stages(nn.ModuleList):
    """Layers whose maps are all returned."""

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """From (N, C, H, W) to maps of all stages, finest first."""
        maps = []
        for stage in self:
            x = stage(x)
            maps.append(x)
        return tuple(maps)


def _first_stages_of_efficientnet_b4(bands: int) -> _Stages:
    """From images of any bands to maps of 48, 24, 32 and 56 channels at strides 2, 2, 4 and 8."""
    from torchvision.models.efficientnet import EfficientNet, MBConvConfig

    # Expansion, kernel, stride, channels and layers, with B4's multipliers of width and depth.
    settings = [(1, 3, 1, 32, 16, 1), (6, 3, 2, 16, 24, 2), (6, 5, 2, 24, 40, 2)]
    whole = EfficientNet(
        [MBConvConfig(*setting, width_mult=1.4, depth_mult=1.8) for setting in settings],
        dropout=0.0,
        # B4's layers are left out in proportion to their number, of 32; these are 10.
        stochastic_depth_prob=0.2 * 10 / 32,
        num_classes=1,
        last_channel=8,
    )
    stages = whole.features[:4]
    if bands != 3:
        first = stages[0][0]
        stages[0][0] = nn.Conv2d(bands, first.out_channels, 3, stride=2, padding=1, bias=False)
        nn.init.kaiming_normal_(stages[0][0].weight, mode="fan_out")
    return _Stages(stages)


class _Mixing(nn.Module):
    """Equal channels of both dates by a convolution of their own.

    Args:
        channels: Of each date, and of what comes out.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 3, padding=1, groups=channels),
            nn.PReLU(),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """From (B, C, H, W) of each date to (B, C, H, W)."""
        return self.body(torch.stack([before, after], dim=2).flatten(1, 2))


class _MixingMask(nn.Module):
    """A mask of one channel from both dates, each pixel by itself once they are mixed.

    Args:
        channels: Of each date.
        widths: Of the hidden layers that look at single pixels.
    """

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.mix = _Mixing(channels)
        self.pixelwise = _pixelwise((channels, *widths, 1))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """From (B, C, H, W) of each date to (B, 1, H, W), of any sign."""
        return self.pixelwise(self.mix(before, after))


class _Up(nn.Module):
    """Brings a map to a mask's size, multiplies by the mask and convolves.

    Args:
        in_channels: Of what comes in.
        out_channels: Of what goes out.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels),
            nn.PReLU(),
            nn.InstanceNorm2d(in_channels),
            nn.Conv2d(in_channels, out_channels, 1),
            nn.PReLU(),
            nn.InstanceNorm2d(out_channels),
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """From (B, C, h, w) and (B, 1, H, W) to (B, out_channels, H, W)."""
        # Corners aligned, unlike elsewhere here: so the weights were trained.
        large = F.interpolate(x, mask.shape[-2:], mode="bilinear", align_corners=True)
        return self.body(large * mask)


def _pixelwise(widths: Sequence[int]) -> nn.Sequential:
    """1x1 convolutions from each width to the next, each with a PReLU."""
    layers = [nn.Sequential(nn.Conv2d(a, b, 1), nn.PReLU()) for a, b in pairwise(widths)]
    return nn.Sequential(*layers)
