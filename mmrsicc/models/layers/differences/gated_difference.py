"""Each date gated by both, then subtracted."""

import torch
from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class GatedDifference(nn.Module):
    """``norm(conv1x1(b * sigmoid(W [b; a]) - a * sigmoid(W [a; b])))``, after CCExpert.

    a and b are the dates before and after, projected; the weights W of the gate are those of both.
    Dates that are equal give zero at every place, exchanged dates the opposite sign, up to what
    the last norm adds.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, channels, 1), nn.GroupNorm(32, channels))
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Sequential(
            nn.Conv2d(channels, channels, 1, bias=False), nn.GroupNorm(32, channels)
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        a, b = self.reduce(before), self.reduce(after)
        return self.project(self._gated(b, a) - self._gated(a, b))

    def _gated(self, one: Tensor, other: Tensor) -> Tensor:
        return one * self.gate(torch.cat([one, other], dim=1)).sigmoid()
