"""The encoder and the decoder of Daudt et al. (2018), which their three networks share."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
