"""VMamba's block."""

from collections import OrderedDict

from torch import Tensor, nn

from mmrsicc.models.layers.drop_path import DropPath
from mmrsicc.models.layers.ss2d import SS2D


class VSSBlock(nn.Module):
    """2D selective scan and feed-forward part of VMamba (Liu et al. 2024), both pre-norm.

    Weights are called as in the published checkpoints.

    Args:
        channels: Channels C.
        ratio: Width of the scan, in channels.
        drop_path: How often a branch is left out.
    """

    def __init__(self, channels: int, ratio: float, drop_path: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.op = SS2D(channels, ratio)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            OrderedDict(
                fc1=nn.Linear(channels, 4 * channels),
                act=nn.GELU(),
                fc2=nn.Linear(4 * channels, channels),
            )
        )
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        x = x.permute(0, 2, 3, 1)
        x = x + self.drop_path(self.op(self.norm(x)))
        x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x.permute(0, 3, 1, 2)
