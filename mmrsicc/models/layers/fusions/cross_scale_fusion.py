"""Attention among the scales of each place."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmrsicc.models.layers.fusions.to_grid import to_grid
from mmrsicc.registry import MODELS


@MODELS.register_module()
class CrossScaleFusion(nn.Module):
    """JFM's default: attention among the K scales of each place, then a weighted mean.

    The weights are a softmax over scales of one score per token.

    Args:
        num_scales: Ignored; any number of scales can be attended to.
        channels: Channels C of the tokens.
        num_heads: Number of attention heads.
    """

    def __init__(self, num_scales: int, channels: int, num_heads: int) -> None:
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
