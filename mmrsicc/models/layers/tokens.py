"""Tokens: feature maps as tokens with positions, and tokens weighed by a change mask."""

import logging
from math import isqrt

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import pool
from mmrsicc.registry import MODELS


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
        grid = self.project(pool(x, self.grid_size))
        return grid.flatten(2).transpose(1, 2) + self.positions()

    def positions(self) -> Tensor:
        """(g^2, D) vectors of the places, row by row."""
        return grid_positions(self.columns.weight, self.rows.weight)


def map_positions(columns: nn.Embedding, rows: nn.Embedding, height: int, width: int) -> Tensor:
    """(H W, D) vectors of a map's places, row by row, from tables of as many or more.

    Args:
        columns: A vector of D / 2 channels per column.
        rows: As many vectors, of rows.
        height: Rows H of the map.
        width: Columns W of the map.

    Raises:
        ValueError: If the map is larger than the tables.
    """
    most = len(columns.weight)
    if max(height, width) > most:
        raise ValueError(
            f"the last map has {height} x {width} places, but there are positions for {most} x "
            f"{most}: set max_grid_size={max(height, width)} of the neck, or resize the images"
        )
    return grid_positions(columns.weight[:width], rows.weight[:height])


def placed_tokens(x: Tensor, columns: nn.Embedding, rows: nn.Embedding) -> Tensor:
    """(B, H W, D) places of a map (B, D, H, W), row by row, with their :func:`map_positions`."""
    return x.flatten(2).transpose(1, 2) + map_positions(columns, rows, *x.shape[-2:])


def grid_positions(columns: Tensor, rows: Tensor) -> Tensor:
    """(H W, D) vectors of places, row by row, from (W, D / 2) of columns and (H, D / 2) of rows."""
    pair = (columns.expand(len(rows), -1, -1), rows.unsqueeze(1).expand(-1, len(columns), -1))
    return torch.cat(pair, dim=2).flatten(0, 1)


#: Value of ``given_by`` for annotated masks.
GROUND_TRUTH = "ground truth"


@MODELS.register_module()
class TokenMask(nn.Module):
    """Weighs the tokens of a pair by a change mask.

    ``tokens * ((1 - alpha) + alpha * m)``, with m the share of changed pixels in a token's cell of
    the grid, as the released code of MV-CC does with alpha 1 (Liu et al., "MV-CC: Mask Enhanced
    Video Model for Remote Sensing Change Caption", arXiv 2410.23946). Nothing flows back through
    the mask.

    Args:
        alpha: Between 0, which leaves the tokens as they are, and 1, which keeps none of what
            lies outside the mask.
        given_by: None reads the mask that the model itself predicts (its mask head's, else its
            change detector's). Otherwise the data set's ``gt_mask`` is read, in training and when
            predicting, and this names who made it: a model and the data that it was trained on,
            which the leakage check looks up; or "ground truth", with which the scores cannot be
            compared with scores from images alone.

    Raises:
        ValueError: If alpha is out of its range.
    """

    def __init__(self, alpha: float = 1.0, given_by: str | None = None) -> None:
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f"TokenMask: alpha={alpha} must lie between 0 and 1")
        if given_by == GROUND_TRUTH:
            print_log(
                "TokenMask shows ground-truth masks to the model: its scores cannot be compared "
                "with scores from images alone",
                logger="current",
                level=logging.WARNING,
            )
        self.alpha = alpha
        self.given_by = given_by

    def forward(self, tokens: Tensor, changed: Tensor | None) -> Tensor:
        """Weighed tokens (B, N, D).

        Args:
            tokens: (B, N, D), N places of a square grid, row by row.
            changed: (B, H, W) bool, true where something changed.

        Raises:
            ValueError: If there is no mask.
        """
        if changed is None:
            raise ValueError(
                "TokenMask: the model predicts no mask: set a change_detector with logits or a "
                "mask_head, or given_by to the origin of the data set's masks"
            )
        grid = pool(changed.to(tokens)[:, None], isqrt(tokens.shape[1]))
        return tokens * ((1 - self.alpha) + self.alpha * grid.flatten(2).transpose(1, 2))
