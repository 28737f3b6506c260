"""Both dates side by side, marked with how alike they are."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.residual_block import ResidualBlock
from mmrsicc.registry import MODELS


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
        similarity = F.cosine_similarity(before, after, dim=1).unsqueeze(1)
        return self.refine(self.project(torch.cat([before, after], dim=1) + similarity))
