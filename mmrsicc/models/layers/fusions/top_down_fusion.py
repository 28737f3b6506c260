"""From the coarsest scale down to the finest."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.fusions.to_grid import to_grid
from mmrsicc.models.layers.residual_block import ResidualBlock
from mmrsicc.registry import MODELS


@MODELS.register_module()
class TopDownFusion(nn.Module):
    """Each coarser map is enlarged, added to the next finer one and smoothed by a residual block.

    The way of ChangeMamba's decoder (Chen et al. 2024), and of MCI's change detection branch, which
    enlarges by transposed convolution. The finest map, which has taken in all others, is averaged
    to the grid under the finest scale's embedding. It has no weights of scales.

    Args:
        num_scales: Number K of scales.
        channels: Channels C of the tokens; a multiple of 32.
        num_heads: Ignored; there is no attention.
    """

    def __init__(self, num_scales: int, channels: int, num_heads: int) -> None:
        super().__init__()
        self.smooth = nn.ModuleList(ResidualBlock(channels) for _ in range(num_scales - 1))

    def forward(
        self, maps: Sequence[Tensor], scales: Tensor, places: Tensor
    ) -> tuple[Tensor, None]:
        """Takes K maps (B, C, h_k, w_k); returns (B, N, C) tokens and None."""
        *finer, fused = maps
        for finer_map, smooth in zip(reversed(finer), self.smooth, strict=True):
            size = finer_map.shape[-2:]
            enlarged = F.interpolate(fused, size=size, mode="bilinear", align_corners=False)
            fused = smooth(finer_map + enlarged)
        return to_grid([fused], scales[:1], places).squeeze(1), None
