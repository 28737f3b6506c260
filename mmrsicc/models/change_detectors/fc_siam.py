"""The fully convolutional change detectors of Daudt et al. (2018).

"Fully Convolutional Siamese Networks for Change Detection", ICIP 2018: one small U-Net, trained
from scratch, and three ways for two dates to go through it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures

#: Channels and convolutions of the four stages, finest first.
WIDTHS = (16, 32, 64, 128)
DEPTHS = (2, 2, 3, 3)


class FCEncoder(nn.Module):
    """Four stages of 3x3 convolutions, each halved by max pooling.

    Args:
        in_channels: Channels of the images.
        dropout: Probability of dropping a whole channel, after every convolution.
    """

    def __init__(self, in_channels: int, dropout: float) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        for width, depth in zip(WIDTHS, DEPTHS, strict=True):
            widths = [in_channels, *[width] * depth]
            self.stages.append(_convolutions(nn.Conv2d, widths, dropout))
            in_channels = width

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """From (B, in_channels, H, W) to the stages' maps before and after pooling.

        Their channels are 16, 32, 64 and 128; the stride is 1 of the first map, and 16 of the last
        pooled one. Images have 16 x 16 pixels or more.
        """
        maps, pooled = [], []
        for stage in self.stages:
            maps.append(stage(x))
            x = F.max_pool2d(maps[-1], 2)
            pooled.append(x)
        return maps, pooled


class FCDecoder(nn.Module):
    """Four stages that double the size, take in the encoder's map and convolve.

    All convolutions are transposed ones, as published.

    Args:
        skips: How many maps of each encoder stage come in, side by side.
        dropout: As for the encoder.
    """

    def __init__(self, skips: int, dropout: float) -> None:
        super().__init__()
        self.ups, self.stages = nn.ModuleList(), nn.ModuleList()
        narrower = (WIDTHS[0], *WIDTHS[:-1])
        for k in reversed(range(len(WIDTHS))):
            width, last = WIDTHS[k], narrower[k]
            self.ups.append(nn.ConvTranspose2d(width, width, 3, 2, padding=1, output_padding=1))
            # The classifier is the last convolution of the finest stage.
            repeated = DEPTHS[k] - 1
            widths = [(1 + skips) * width, *[width] * repeated] + ([last] if k else [])
            self.stages.append(_convolutions(nn.ConvTranspose2d, widths, dropout))
        self.classify = nn.ConvTranspose2d(WIDTHS[0], 2, 3, padding=1)

    def forward(self, x: Tensor, skips: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], Tensor]:
        """From (B, 128, H/16, W/16) and what the encoder's stages give, finest first.

        Returns:
            Maps of the stages, finest first, with 16, 16, 32 and 64 channels at strides 1 to 8;
            and logits (B, 2, H, W).
        """
        maps = []
        for up, stage, skip in zip(self.ups, self.stages, reversed(skips), strict=True):
            x = up(x)
            # Pooling dropped the last row or column of an odd size.
            lost = (0, skip.shape[3] - x.shape[3], 0, skip.shape[2] - x.shape[2])
            x = stage(torch.cat([F.pad(x, lost, mode="replicate"), skip], dim=1))
            maps.append(x)
        return tuple(reversed(maps)), self.classify(x)


def _convolutions(kind: type[nn.Module], widths: Sequence[int], dropout: float) -> nn.Sequential:
    """3x3 convolutions from each width to the next, with BatchNorm, ReLU and dropout."""
    layers: list[nn.Module] = []
    for wide, narrow in pairwise(widths):
        layers += [
            kind(wide, narrow, 3, padding=1),
            nn.BatchNorm2d(narrow),
            nn.ReLU(inplace=True),
            nn.Dropout2d(dropout),
        ]
    return nn.Sequential(*layers)


@MODELS.register_module()
class FCEF(ChangeDetector):
    """FC-EF: both dates are one image, of six channels of RGB (early fusion); 1.35 M parameters.

    It has no maps of one date: a captioner gets the joint maps in place of both dates'.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        dropout: Probability of dropping a whole channel, after every convolution.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(self, source_dataset: str | None, dropout: float = 0.2, **kwargs: Any) -> None:
        super().__init__(source_dataset, **kwargs)
        self.encoder = FCEncoder(sum(self.normalizer.bands), dropout)
        self.decoder = FCDecoder(1, dropout)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The encoder's pooled maps, twice, and the decoder's."""
        maps, pooled = self.encoder(torch.cat([before, after], dim=1))
        differences, logits = self.decoder(pooled[-1], maps)
        return ChangeFeatures(tuple(pooled), tuple(pooled), differences, logits)


@MODELS.register_module()
class FCSiamConc(ChangeDetector):
    """FC-Siam-conc: one encoder for both dates, whose maps enter the decoder side by side.

    1.55 M parameters. The coarsest map that the decoder starts from is that of the second date
    alone, as published. Both dates share the batch statistics while training, where the authors
    have each date's own.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        dropout: Probability of dropping a whole channel, after every convolution.
        **kwargs: See :class:`ChangeDetector`.
    """

    #: How many maps of each scale :meth:`join` makes of the two dates'.
    joined = 2

    def __init__(self, source_dataset: str | None, dropout: float = 0.2, **kwargs: Any) -> None:
        super().__init__(source_dataset, **kwargs)
        self.encoder = FCEncoder(self.bands, dropout)
        self.decoder = FCDecoder(self.joined, dropout)

    def join(self, before: Tensor, after: Tensor) -> Tensor:
        """Input of the decoder from two maps (B, C, H, W)."""
        return torch.cat([before, after], dim=1)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The encoder's pooled maps of both dates, and the decoder's."""
        batch = before.shape[0]
        maps, pooled = self.encoder(torch.cat([before, after]))
        skips = [self.join(m[:batch], m[batch:]) for m in maps]
        differences, logits = self.decoder(pooled[-1][batch:], skips)
        firsts, seconds = tuple(p[:batch] for p in pooled), tuple(p[batch:] for p in pooled)
        return ChangeFeatures(firsts, seconds, differences, logits)


@MODELS.register_module()
class FCSiamDiff(FCSiamConc):
    """FC-Siam-diff: FC-Siam-conc with the absolute difference of the maps; 1.35 M parameters."""

    joined = 1

    def join(self, before: Tensor, after: Tensor) -> Tensor:
        """Input of the decoder from two maps (B, C, H, W)."""
        return (after - before).abs()
