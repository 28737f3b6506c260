"""A feature map as tokens with learned positions."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GridTokens(nn.Module):
    """Pools a map to a square grid, projects it and adds learned positions.

    A position is a vector of its column beside a vector of its row, D / 2 channels each, as in
    MCCFormers (Qiu et al. 2021) and what follows it.

    Args:
        in_channels: Channels C of the map.
        dims: Channels D of the tokens; even.
        grid_size: Side g of the grid.

    Raises:
        ValueError: If ``dims`` is odd.
    """

    def __init__(self, in_channels: int, dims: int, grid_size: int) -> None:
        super().__init__()
        if dims % 2:
            raise ValueError(f"dims={dims} is odd: columns and rows take half each, make it even")
        self.grid_size = grid_size
        self.project = nn.Conv2d(in_channels, dims, 1)
        self.columns = nn.Embedding(grid_size, dims // 2)
        self.rows = nn.Embedding(grid_size, dims // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Takes (B, C, H, W), returns (B, g^2, D), row by row."""
        grid = self.project(F.adaptive_avg_pool2d(x, self.grid_size))
        return grid.flatten(2).transpose(1, 2) + self.positions()

    def positions(self) -> Tensor:
        """(g^2, D) vectors of the places, row by row."""
        side = self.grid_size
        columns = self.columns.weight.expand(side, -1, -1)
        rows = self.rows.weight.unsqueeze(1).expand(-1, side, -1)
        return torch.cat([columns, rows], dim=2).flatten(0, 1)
