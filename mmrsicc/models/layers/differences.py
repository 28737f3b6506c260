"""Differences: modules that compare the maps of two dates at one scale."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.attention import CachedAttention
from mmrsicc.models.layers.convolution import GroupNorm, ResidualBlock, pool
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
        groups: Groups of the two norms. With 32 of 64 channels, a norm removes how strong a channel
            is in the whole map, and with it much of what says which object it is; one group keeps
            that (docs/en/notes/dfm_study.md).
        shortcut: Whether a 1x1 convolution of both dates' own maps, without a norm, is added: what
            is there is then read as well as what differs.
    """

    def __init__(
        self, in_channels: int, channels: int, groups: int = 32, shortcut: bool = False
    ) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1), GroupNorm(channels, groups)
        )
        self.mix = nn.Sequential(
            nn.Conv2d(4 * channels, channels, 1),
            GroupNorm(channels, groups),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.Conv2d(channels, channels, 1),
        )
        self.dissimilarity_weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.shortcut = nn.Conv2d(2 * in_channels, channels, 1) if shortcut else None

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        a, b = self.project(before), self.project(after)
        difference = b - a
        mixed = self.mix(torch.cat([a, b, difference, difference.abs()], dim=1))
        dissimilarity = 1 - F.cosine_similarity(a, b, dim=1).unsqueeze(1)
        compared = mixed + self.dissimilarity_weight * dissimilarity
        if self.shortcut is None:
            return compared
        return compared + self.shortcut(torch.cat([before, after], dim=1))


@MODELS.register_module()
class AbsoluteDifference(nn.Conv2d):
    """``conv1x1(|after - before|)``, without any norm: the same whichever date comes first.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(in_channels, channels, 1)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:  # type: ignore[override]
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        return super().forward((after - before).abs())


OPERATIONS = {
    "sub": lambda before, after: after - before,
    "abs": lambda before, after: (after - before).abs(),
    "sum": lambda before, after: before + after,
    "concat": lambda before, after: torch.cat([before, after], dim=1),
}


@MODELS.register_module()
class SimpleDifference(nn.Module):
    """``after - before``, its magnitude, the sum or both dates, then 1x1 and GroupNorm.

    The policies of Open-CD's ``FeatureFusionNeck``.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
        operation: "sub", "abs", "sum" or "concat".

    Raises:
        ValueError: If the operation is another.
    """

    def __init__(self, in_channels: int, channels: int, operation: str = "sub") -> None:
        super().__init__()
        if operation not in OPERATIONS:
            raise ValueError(
                f"SimpleDifference has no operation {operation!r}: set one of {list(OPERATIONS)}"
            )
        self.operation = operation
        width = 2 * in_channels if operation == "concat" else in_channels
        self.project = nn.Sequential(nn.Conv2d(width, channels, 1), GroupNorm(channels))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        return self.project(OPERATIONS[self.operation](before, after))


def join_dates(before: Tensor, after: Tensor, dim: int) -> Tensor:
    """Both dates side by side along ``dim``, with their cosine similarity along it added to all."""
    similarity = F.cosine_similarity(before, after, dim=dim).unsqueeze(dim)
    return torch.cat([before, after], dim=dim) + similarity


@MODELS.register_module()
class ConcatCosDifference(nn.Module):
    """``residual(conv1x1([before; after] + cos(before, after)))``, after Chg2Cap.

    The cosine similarity of each place is added to all channels (Chang and Ghamisi 2023).

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(2 * in_channels, channels, 1)
        self.refine = ResidualBlock(channels)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        return self.refine(self.project(join_dates(before, after, dim=1)))


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
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, channels, 1), GroupNorm(channels))
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Sequential(
            nn.Conv2d(channels, channels, 1, bias=False), GroupNorm(channels)
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        a, b = self.reduce(before), self.reduce(after)
        return self.project(self._gated(b, a) - self._gated(a, b))

    def _gated(self, one: Tensor, other: Tensor) -> Tensor:
        return one * self.gate(torch.cat([one, other], dim=1)).sigmoid()


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
            nn.Conv2d(in_channels, channels, 1, bias=False), GroupNorm(channels)
        )
        self.join = nn.Sequential(
            nn.Conv2d(2 * in_channels + channels, channels, 3, padding=1, bias=False),
            GroupNorm(channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        similarity = F.cosine_similarity(before, after, dim=1).unsqueeze(1)
        difference = self.difference(after - before) + similarity
        return self.join(torch.cat([before, difference, after], dim=1))


@MODELS.register_module()
class CrossAttentionDifference(nn.Module):
    """Cross-attention with keys and values from ``before * (after - before)``, after MCI.

    The captioning branch of MCI (Change-Agent, Liu et al. 2024), as one layer. With a and b the
    projected dates and ``m = conv(a * (b - a))``::

        d = conv1x1([a + attention(a, m); b + attention(b, m)])

    Every place of a map queries, but keys and values are pooled to at most ``memory_size`` x
    ``memory_size`` places: 8 x 8, as many as MCI's last scale has. At 64 x 64, attention among all
    places would cost 64 times as much.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map; a multiple of 32 and of ``num_heads``.
        num_heads: Number of attention heads.
        memory_size: Largest side of the map of keys and values.
    """

    def __init__(
        self, in_channels: int, channels: int, num_heads: int = 8, memory_size: int = 8
    ) -> None:
        super().__init__()
        self.memory_size = memory_size
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, channels, 1), GroupNorm(channels))
        self.memory = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
            nn.Conv2d(channels, channels, 1),
        )
        self.attention = CachedAttention(channels, num_heads)
        self.project = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        a, b = self.reduce(before), self.reduce(after)
        memory = self.memory(a * (b - a))
        height, width = memory.shape[-2:]
        size = (min(height, self.memory_size), min(width, self.memory_size))
        memory = pool(memory, size).flatten(2).transpose(1, 2)
        keys_values = self.attention.keys_values(memory)
        attended = [
            self.attention(date.flatten(2).transpose(1, 2), keys_values)
            .transpose(1, 2)
            .unflatten(2, (height, width))
            for date in (a, b)
        ]
        return self.project(torch.cat([a + attended[0], b + attended[1]], dim=1))
