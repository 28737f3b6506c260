"""One gate per scale and pair."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.fusions.to_grid import to_grid
from mmrsicc.registry import MODELS


@MODELS.register_module()
class GatedMeanFusion(nn.Module):
    """``sum_k g_k x_k / sum_k g_k`` with ``g_k = sigmoid(MLP(mean of d_k))``, after CCExpert.

    One gate per scale and pair, the same at all places. CCExpert's gate sees the means of both
    dates and their difference; here these three are already joined in the difference map d_k.

    Args:
        num_scales: Ignored; the gate's weights are those of all scales.
        channels: Channels C of the tokens.
        num_heads: Ignored; there is no attention.
    """

    def __init__(self, num_scales: int, channels: int, num_heads: int) -> None:
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
