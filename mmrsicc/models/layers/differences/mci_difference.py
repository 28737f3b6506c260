"""The difference between its two dates."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class MCIDifference(nn.Module):
    """``conv3x3([before; d; after])`` with ``d = norm(conv1x1(after - before)) + cos``.

    The change detection branch of MCI (Change-Agent, Liu et al. 2024). There, coarser scales are
    added to finer ones from the top down: take the fusion ``TopDownFusion`` beside it for that.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.difference = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1, bias=False), nn.GroupNorm(32, channels)
        )
        self.join = nn.Sequential(
            nn.Conv2d(2 * in_channels + channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(32, channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        similarity = F.cosine_similarity(before, after, dim=1).unsqueeze(1)
        difference = self.difference(after - before) + similarity
        return self.join(torch.cat([before, difference, after], dim=1))
