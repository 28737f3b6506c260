"""Both dates, their signed and absolute difference, and how alike they are."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class PairDifference(nn.Module):
    """Difference map of one scale, JFM's default form.

    With a and b the projected maps of the two dates and s their cosine similarity per location::

        d = psi([a; b; b - a; |b - a|]) + w (1 - s)

    ``b - a`` keeps the direction (appear or disappear), ``|b - a|`` the magnitude. psi is a 1x1
    convolution, GroupNorm, GELU, a depth-wise 3x3 and a 1x1 convolution; w has one weight a
    channel.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1), nn.GroupNorm(32, channels)
        )
        self.mix = nn.Sequential(
            nn.Conv2d(4 * channels, channels, 1),
            nn.GroupNorm(32, channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.Conv2d(channels, channels, 1),
        )
        self.dissimilarity_weight = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        a, b = self.project(before), self.project(after)
        difference = b - a
        mixed = self.mix(torch.cat([a, b, difference, difference.abs()], dim=1))
        dissimilarity = 1 - F.cosine_similarity(a, b, dim=1).unsqueeze(1)
        return mixed + self.dissimilarity_weight * dissimilarity
