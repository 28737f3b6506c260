"""Each date scanned over space, guided by what differs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.selective_ssm import BidirectionalSSM
from mmrsicc.registry import MODELS


@MODELS.register_module()
class SpatialDifferenceSSM(nn.Module):
    """Spatial Difference-aware SSM (SD-SSM) of RSCaMa (Liu et al. 2024).

    With n the normed maps, each date f becomes
    ``f + conv(scan(silu(conv(n))) * silu(gate(n_after - n_before)))``, with the same weights for
    both dates. The scan runs over the places row by row, ahead and back. The gate has no bias:
    where nothing differs, nothing is added.

    Args:
        in_channels: Channels of the maps.
        channels: Channels that are scanned.
        state_size: States per channel.
    """

    def __init__(self, in_channels: int, channels: int, state_size: int = 16) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, in_channels)
        self.enter = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.SiLU(inplace=True),
        )
        self.gate = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.scan = BidirectionalSSM(channels, state_size)
        self.leave = nn.Conv2d(channels, in_channels, 1, bias=False)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Takes and returns two (B, in_channels, H, W) maps."""
        a, b = self.norm(before), self.norm(after)
        gate = F.silu(self.gate(b - a))
        entered = self.enter(torch.cat([a, b]))
        scanned = self.scan(entered.flatten(2).transpose(1, 2)).transpose(1, 2)
        for_before, for_after = scanned.unflatten(2, before.shape[-2:]).chunk(2)
        return before + self.leave(for_before * gate), after + self.leave(for_after * gate)
