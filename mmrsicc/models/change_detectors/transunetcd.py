"""TransUNetCD of Li et al. (2022): a Siamese ResNet, a transformer over both dates, a U-Net."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates
from mmrsicc.models.layers.convolution import resize
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class TransUNetCD(ChangeDetector):
    """TransUNetCD: what both dates show at stride 16 attends to itself, and is decoded with skips.

    "TransUNetCD: A Hybrid Transformer Network for Change Detection in Optical Remote-Sensing
    Images", TGRS 2022. Its authors released no code; this is built from its description. The
    difference enhancement module weighs the last maps by a spatial attention over the difference of
    the images. What the paper has and this has not: its ImageNet-21k weights, and its loss (here
    those of ``losses``).

    Args:
        source_dataset: See :class:`ChangeDetector`.
        blocks: Bottlenecks of the three stages of the ResNet.
        width: Channels of the ResNet's first stage, before the factor 4 of its bottlenecks.
        dims: Channels of the transformer.
        depth: Its layers.
        num_heads: Its heads.
        grid: Places along a side that there are positions for; others are interpolated.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(
        self,
        source_dataset: str | None,
        blocks: Sequence[int] = (3, 4, 9),
        width: int = 64,
        dims: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        grid: int = 16,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = _ResNetStages(self.bands, blocks, width)
        stem, fine, middle, coarse = self.backbone.channels
        self.embed = nn.Conv2d(2 * coarse, dims, 1)
        self.position = nn.Parameter(torch.zeros(1, dims, grid, grid))
        nn.init.trunc_normal_(self.position, std=0.02)
        layer = nn.TransformerEncoderLayer(
            dims, num_heads, 4 * dims, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(
            layer, depth, nn.LayerNorm(dims), enable_nested_tensor=False
        )
        self.expand = _double_convolution(dims, middle)
        self.ups = nn.ModuleList(
            [
                _double_convolution(middle + 2 * middle, fine),
                _double_convolution(fine + 2 * fine, 2 * stem),
                _double_convolution(2 * stem + 2 * stem, stem),
            ]
        )
        self.last = nn.Conv2d(stem, 16, 3, padding=1)
        self.enhancement = _DifferenceEnhancement(self.bands)
        self.classify = nn.Conv2d(16, 2, 1)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Maps of both dates at strides 2 to 16, and the decoder's at strides 2 to 16."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        x = self.embed(torch.cat([firsts[-1], seconds[-1]], dim=1))
        x = x + resize(self.position, x.shape[-2:])
        size = x.shape[-2:]
        places = self.transformer(x.flatten(2).transpose(1, 2))
        maps = [self.expand(places.transpose(1, 2).unflatten(2, size))]
        for up, first, second in zip(
            self.ups, reversed(firsts[:-1]), reversed(seconds[:-1]), strict=True
        ):
            larger = resize(maps[0], first.shape[-2:])
            maps.insert(0, up(torch.cat([larger, first, second], dim=1)))
        last = self.last(resize(maps[0], before.shape[-2:]))
        logits = self.classify(last * self.enhancement(before - after))
        return ChangeFeatures(firsts, seconds, tuple(maps), logits)


class _ResNetStages(nn.Module):
    """Stem and three stages of a ResNet of bottlenecks: maps at strides 2, 4, 8 and 16."""

    def __init__(self, in_channels: int, blocks: Sequence[int], width: int) -> None:
        super().__init__()
        from torchvision.models.resnet import Bottleneck

        stem = width
        self.channels = (stem, 4 * width, 8 * width, 16 * width)
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.ModuleList()
        entering = stem
        for k, count in enumerate(blocks):
            inner, stride = width * 2**k, 1 if k == 0 else 2
            shortcut = nn.Sequential(
                nn.Conv2d(entering, 4 * inner, 1, stride, bias=False), nn.BatchNorm2d(4 * inner)
            )
            layers = [Bottleneck(entering, inner, stride, shortcut)]
            layers += [Bottleneck(4 * inner, inner) for _ in range(count - 1)]
            self.stages.append(nn.Sequential(*layers))
            entering = 4 * inner

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        maps = [self.stem(x)]
        x = F.max_pool2d(maps[0], 3, stride=2, padding=1)
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return tuple(maps)


class _DifferenceEnhancement(nn.Module):
    """Attention (B, 1, H, W) over the difference of two images (B, C, H, W)."""

    def __init__(self, in_channels: int, channels: int = 16) -> None:
        super().__init__()
        self.enter = nn.Sequential(
            nn.Conv2d(in_channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        )
        self.residual = nn.Conv2d(channels, channels, 3, padding=1)
        self.attend = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, difference: Tensor) -> Tensor:
        x = self.enter(difference)
        x = (x + self.residual(x)).relu()
        return self.attend(torch.cat([x.mean(1, True), x.amax(1, True)], dim=1)).sigmoid()


def _double_convolution(in_channels: int, channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for entering in (in_channels, channels):
        layers += [
            nn.Conv2d(entering, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
