"""Both dates attend to what differs between them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.attention import CachedAttention
from mmrsicc.registry import MODELS


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
        self.reduce = nn.Sequential(nn.Conv2d(in_channels, channels, 1), nn.GroupNorm(32, channels))
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
        memory = F.adaptive_avg_pool2d(memory, size).flatten(2).transpose(1, 2)
        keys_values = self.attention.keys_values(memory)
        attended = [
            self.attention(date.flatten(2).transpose(1, 2), keys_values)
            .transpose(1, 2)
            .unflatten(2, (height, width))
            for date in (a, b)
        ]
        return self.project(torch.cat([a + attended[0], b + attended[1]], dim=1))
