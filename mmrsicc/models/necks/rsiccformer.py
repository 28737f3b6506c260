"""RSICCformer: each date attends to what differs (Liu et al. 2022, TGRS)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import BottleneckBlock, CrossAttentionLayer, xavier_matrices
from mmrsicc.models.necks.date_tokens import DateTokensNeck
from mmrsicc.registry import MODELS


@MODELS.register_module()
class RSICCformer(DateTokensNeck):
    """Dual-branch transformer encoder with multistage bitemporal fusion.

    In each stage both dates attend to their difference, by one layer that they share. A fusion then
    takes up the stages one after the other: both dates side by side, added to the sum so far, go
    through a residual block and a normalisation.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        dims: Channels D of a date's tokens; the fused ones have 2 D.
        grid_size: Side g of the grid of places that the map is pooled to; N = g^2.
        num_stages: Number of stages.
        num_heads: Attention heads per stage.
        dropout: Dropout probability.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 14,
        num_stages: int = 3,
        num_heads: int = 8,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(in_channels, dims, grid_size)
        self.stages = nn.ModuleList(
            CrossAttentionLayer(dims, num_heads, dropout) for _ in range(num_stages)
        )
        self.blocks = nn.ModuleList(BottleneckBlock(2 * dims) for _ in range(num_stages))
        self.norms = nn.ModuleList(nn.LayerNorm(2 * dims) for _ in range(num_stages))
        xavier_matrices(self)

    def relate(self, before: Tensor, after: Tensor) -> Tensor:
        """Fused tokens (B, N, 2 D) from those (B, N, D) of each date."""
        first, second = before, after
        side = self.places.grid_size
        fused = torch.zeros_like(torch.cat([first, second], dim=2))
        for stage, block, norm in zip(self.stages, self.blocks, self.norms, strict=True):
            difference = second - first
            first, second = stage(first, difference), stage(second, difference)
            joined = fused + torch.cat([first, second], dim=2)
            grid = joined.transpose(1, 2).unflatten(2, (side, side))
            fused = norm(block(grid).flatten(2).transpose(1, 2))
        return fused
