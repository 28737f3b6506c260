"""Temporal modules: relate the maps of two dates before they are compared."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.state_space import BidirectionalSSM, PlaneScan, scan_dates
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


@MODELS.register_module()
class SpatioTemporalSSM(nn.Module):
    """Spatio-temporal state space block of ChangeMamba (Chen et al. 2024).

    The projected dates are arranged in three ways and scanned in the plane: joined in their
    channels; with their columns interleaved, a1 b1 a2 b2 ...; and side by side. ChangeMamba joins
    the five resulting maps (the last two arrangements hold two each) to one; here each date takes
    the three that are its own, ``f + conv1x1([joined; interleaved; beside])``, so that any
    difference module can follow.

    Of the temporal modules, this is the dearest: twelve scans, eight of twice the length.

    Args:
        in_channels: Channels of the maps.
        channels: Channels that are scanned.
        state_size: States per channel.
    """

    def __init__(self, in_channels: int, channels: int, state_size: int = 16) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(in_channels, channels, 1)
        self.join = nn.Conv2d(2 * channels, channels, 1)
        self.joined = PlaneScan(channels, state_size)
        self.interleaved = PlaneScan(channels, state_size)
        self.beside = PlaneScan(channels, state_size)
        self.leave = nn.Conv2d(3 * channels, in_channels, 1)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Takes and returns two (B, in_channels, H, W) maps."""
        a, b = self.reduce(before), self.reduce(after)
        joint, interleaved, beside = scan_dates(
            a, b, lambda both: self.joined(self.join(both)), self.interleaved, self.beside
        )
        own = zip(interleaved, beside, strict=True)
        for_before, for_after = (self.leave(torch.cat([joint, *maps], dim=1)) for maps in own)
        return before + for_before, after + for_after
