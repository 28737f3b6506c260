"""Both dates as one sequence that goes to and fro between them."""

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.selective_ssm import BidirectionalSSM
from mmrsicc.registry import MODELS


@MODELS.register_module()
class TemporalTraversingSSM(nn.Module):
    """Temporal-Traversing SSM (TT-SSM) of RSCaMa (Liu et al. 2024).

    The places of both dates are interleaved, a1 b1 a2 b2 ..., to one sequence of twice the length,
    scanned, and taken apart again; each date f becomes ``f + conv(scanned)``. The scan runs ahead
    and back, so that each date sees the other.

    Args:
        in_channels: Channels of the maps.
        channels: Channels that are scanned.
        state_size: States per channel.
    """

    def __init__(self, in_channels: int, channels: int, state_size: int = 16) -> None:
        super().__init__()
        self.enter = nn.Sequential(
            nn.GroupNorm(1, in_channels),
            nn.Conv2d(in_channels, channels, 1),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.SiLU(inplace=True),
        )
        self.scan = BidirectionalSSM(channels, state_size)
        self.leave = nn.Conv2d(channels, in_channels, 1)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Takes and returns two (B, in_channels, H, W) maps."""
        dates = [self.enter(date).flatten(2).transpose(1, 2) for date in (before, after)]
        scanned = self.scan(torch.stack(dates, dim=2).flatten(1, 2)).unflatten(1, (-1, 2))
        for_before, for_after = (
            s.transpose(1, 2).unflatten(2, before.shape[-2:]) for s in scanned.unbind(2)
        )
        return before + self.leave(for_before), after + self.leave(for_after)
