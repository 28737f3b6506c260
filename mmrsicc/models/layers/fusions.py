"""Fusions: modules that join the difference maps of all scales on one grid."""

from collections.abc import Sequence
from math import isqrt

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import ResidualBlock, pool, resize
from mmrsicc.registry import MODELS


def to_grid(maps: Sequence[Tensor], scales: Tensor, places: Tensor) -> Tensor:
    """Averages K maps (B, C, h_k, w_k) over the cells of a square grid of N places.

    Args:
        maps: Of each scale.
        scales: (K, 1, C) embedding of each scale, added to its tokens.
        places: (N, C) embedding of each place, added to its tokens.

    Returns:
        (B, K, N, C) tokens.
    """
    side = isqrt(len(places))
    pooled = [pool(m, side).flatten(2) for m in maps]
    return torch.stack(pooled, dim=1).transpose(2, 3) + scales + places


@MODELS.register_module()
class CrossScaleFusion(nn.Module):
    """JFM's default: attention among the K scales of each place, then a weighted mean.

    The weights are a softmax over scales of one score per token.

    Args:
        channels: Channels C of the tokens.
        num_heads: Number of attention heads.
    """

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.score = nn.Linear(channels, 1)

    def forward(
        self, maps: Sequence[Tensor], scales: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Takes K maps (B, C, h_k, w_k); returns (B, N, C) tokens and (B, K, N) weights."""
        batch = maps[0].shape[0]
        # Places go to the batch axis: (B N, K, C).
        tokens = to_grid(maps, scales, places).transpose(1, 2).flatten(0, 1)
        normed = self.norm(tokens)
        tokens = tokens + self.attention(normed, normed, normed, need_weights=False)[0]
        weights = self.score(tokens).softmax(dim=1)
        fused = (weights * tokens).sum(dim=1)
        shape = (batch, len(places))
        return fused.unflatten(0, shape), weights.squeeze(2).unflatten(0, shape).transpose(1, 2)


@MODELS.register_module()
class GatedMeanFusion(nn.Module):
    """``sum_k g_k x_k / sum_k g_k`` with ``g_k = sigmoid(MLP(mean of d_k))``, after CCExpert.

    One gate per scale and pair, the same at all places. CCExpert's gate sees the means of both
    dates and their difference; here these three are already joined in the difference map d_k.

    Args:
        channels: Channels C of the tokens.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, channels // 4), nn.GELU(), nn.Linear(channels // 4, 1)
        )

    def forward(
        self, maps: Sequence[Tensor], scales: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Takes K maps (B, C, h_k, w_k); returns (B, N, C) tokens and (B, K, N) weights."""
        means = torch.stack([m.mean(dim=(2, 3)) for m in maps], dim=1)
        gates = self.gate(means + scales.squeeze(1)).sigmoid()
        weights = gates / gates.sum(dim=1, keepdim=True)
        tokens = to_grid(maps, scales, places)
        fused = (weights.unsqueeze(2) * tokens).sum(dim=1)
        return fused, weights.expand(-1, -1, len(places))


@MODELS.register_module()
class TopDownFusion(nn.Module):
    """Each coarser map is enlarged, added to the next finer one and smoothed by a residual block.

    The way of ChangeMamba's decoder (Chen et al. 2024), and of MCI's change detection branch, which
    enlarges by transposed convolution. The finest map, which has taken in all others, is averaged
    to the grid under the finest scale's embedding. It has no weights of scales.

    Args:
        num_scales: Number K of scales.
        channels: Channels C of the tokens; a multiple of 32.
    """

    def __init__(self, num_scales: int, channels: int) -> None:
        super().__init__()
        self.smooth = nn.ModuleList(ResidualBlock(channels) for _ in range(num_scales - 1))

    def forward(
        self, maps: Sequence[Tensor], scales: Tensor, places: Tensor
    ) -> tuple[Tensor, None]:
        """Takes K maps (B, C, h_k, w_k); returns (B, N, C) tokens and None."""
        *finer, fused = maps
        for finer_map, smooth in zip(reversed(finer), self.smooth, strict=True):
            fused = smooth(finer_map + resize(fused, finer_map.shape[-2:]))
        return to_grid([fused], scales[:1], places).squeeze(1), None
