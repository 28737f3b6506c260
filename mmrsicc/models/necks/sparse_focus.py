"""Sparse Focus Transformer: each place attends to its row and column (Sun et al. 2024, JSTARS)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import BottleneckBlock, xavier_matrices
from mmrsicc.models.layers.differences import join_dates
from mmrsicc.models.layers.tokens import map_positions
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class SparseFocus(nn.Module):
    """Encoder of the Sparse Focus Transformer (Sun et al. 2024, arXiv 2405.06598).

    Chg2Cap with criss-cross attention in place of its transformer: at each date, by weights of its
    own, a place attends to those of its row and column. The dates are joined over channels together
    with their cosine similarity, and a residual block follows. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, C, a multiple of 8.
        out_channels: Channels D of the tokens.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.

    Raises:
        ValueError: If C is no multiple of 8.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self, in_channels: Sequence[int], out_channels: int = 2048, max_grid_size: int = 16
    ) -> None:
        super().__init__()
        channels = in_channels[-1]
        self.out_channels = out_channels
        self.columns = nn.Embedding(max_grid_size, channels // 2)
        self.rows = nn.Embedding(max_grid_size, channels // 2)
        self.focus_before = CrissCrossAttention(channels)
        self.focus_after = CrissCrossAttention(channels)
        xavier_matrices(self)
        # Parts of the authors' decoder, which keeps PyTorch's initialisation.
        self.project = nn.Conv2d(2 * channels, out_channels, 1)
        self.block = BottleneckBlock(out_channels, out_channels)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        size = before[-1].shape[-2:]
        places = map_positions(self.columns, self.rows, *size).T.unflatten(1, size)
        first, second = self.focus_before(before[-1] + places), self.focus_after(after[-1] + places)
        joined = self.block(self.project(join_dates(first, second, dim=1)))
        tokens = joined.flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))


class CrissCrossAttention(nn.Module):
    """Attention of each place of a map to those of its row and column (Huang et al. 2019, CCNet).

    Products are not scaled. What is found is added to the map by a learned share, at first 0.

    Args:
        channels: Channels C of the map; a multiple of 8.

    Raises:
        ValueError: If C is none.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        if channels % 8:
            raise ValueError(f"criss-cross attention over {channels} channels, no multiple of 8")
        self.query = nn.Conv2d(channels, channels // 8, 1)
        self.key = nn.Conv2d(channels, channels // 8, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.share = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        height, width = x.shape[-2:]
        queries, keys, values = self.query(x), self.key(x), self.value(x)
        # A place stands in its row and in its column; it counts once.
        itself = torch.eye(height, dtype=torch.bool, device=x.device).unsqueeze(1)
        column = torch.einsum("bchw,bcgw->bhwg", queries, keys).masked_fill(itself, -torch.inf)
        row = torch.einsum("bchw,bchg->bhwg", queries, keys)
        weights = torch.cat([column, row], dim=3).softmax(dim=3)
        column, row = weights.split([height, width], dim=3)
        found = torch.einsum("bhwg,bcgw->bchw", column, values)
        found = found + torch.einsum("bhwg,bchg->bchw", row, values)
        return x + self.share * found
