"""Chg2Cap's attentive encoder: attention within each date, then over both."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import BottleneckBlock, xavier_matrices
from mmrsicc.models.layers.attention import multi_head_attention
from mmrsicc.models.layers.differences import join_dates
from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class Chg2Cap(nn.Module):
    """Hierarchical self-attention of Chg2Cap (Chang and Ghamisi 2023, arXiv 2304.01091).

    Each layer attends within each date, with the same weights, then over both, whose channels stand
    side by side, and adds the maps that all began with. The dates are joined over channels, their
    cosine similarity at each place is added to all channels, and a residual block follows. Only the
    last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, C, must be even.
        out_channels: Channels D of the tokens; even.
        attention_dims: Channels of queries, keys and values.
        ffn_dims: Hidden channels of the feed-forward parts.
        num_layers: Number of layers.
        num_heads: Attention heads.
        dropout: Dropout of the layers.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.
        values_from_keys: Keys serve as values too, as in the authors' code and in the weights that
            they released; else values have a projection of their own, as in the paper.

    Raises:
        ValueError: If channels are odd.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 2048,
        attention_dims: int = 2048,
        ffn_dims: int = 512,
        num_layers: int = 3,
        num_heads: int = 8,
        dropout: float = 0.1,
        max_grid_size: int = 16,
        values_from_keys: bool = True,
    ) -> None:
        super().__init__()
        channels = in_channels[-1]
        if channels % 2 or out_channels % 2:
            raise ValueError(
                f"in_channels[-1]={channels} and out_channels={out_channels} must be even"
            )
        self.out_channels = out_channels
        self.columns = nn.Embedding(max_grid_size, channels // 2)
        self.rows = nn.Embedding(max_grid_size, channels // 2)
        sizes = (attention_dims, ffn_dims, num_heads, dropout, values_from_keys)
        self.within = nn.ModuleList(AttentiveLayer(channels, *sizes) for _ in range(num_layers))
        self.across = nn.ModuleList(AttentiveLayer(2 * channels, *sizes) for _ in range(num_layers))
        xavier_matrices(self)
        # Parts of the authors' decoder, which keeps PyTorch's initialisation.
        self.project = nn.Conv2d(2 * channels, out_channels, 1)
        self.block = BottleneckBlock(out_channels)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        height, width = before[-1].shape[-2:]
        inputs = [placed_tokens(maps[-1], self.columns, self.rows) for maps in (before, after)]
        dates = inputs
        for within, across in zip(self.within, self.across, strict=True):
            both = across(torch.cat([within(x) + x for x in dates], dim=-1))
            dates = [x + y for x, y in zip(both.chunk(2, dim=-1), inputs, strict=True)]
        joined = (
            join_dates(dates[0], dates[1], dim=-1).transpose(1, 2).unflatten(2, (height, width))
        )
        # The authors' maps are transposed here, and so are their released kernels.
        tokens = self.block(self.project(joined).mT).mT.flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))


class AttentiveLayer(nn.Module):
    """Self-attention and feed-forward part, each with shortcut and normalisation after it.

    Other than PyTorch's encoder layer, attention has a width of its own, and queries, keys and
    values have no bias.

    Args:
        dims: Channels D of the tokens.
        attention_dims: Channels of queries, keys and values.
        ffn_dims: Hidden channels of the feed-forward part.
        num_heads: Attention heads; must divide ``attention_dims``.
        dropout: Dropout probability.
        values_from_keys: Keys serve as values too.

    Raises:
        ValueError: If ``num_heads`` does not divide ``attention_dims``.
    """

    def __init__(
        self,
        dims: int,
        attention_dims: int,
        ffn_dims: int,
        num_heads: int,
        dropout: float,
        values_from_keys: bool,
    ) -> None:
        super().__init__()
        if attention_dims % num_heads:
            raise ValueError(
                f"attention_dims={attention_dims} is not a multiple of num_heads={num_heads}"
            )
        self.num_heads = num_heads
        self.query = nn.Linear(dims, attention_dims, bias=False)
        self.key = nn.Linear(dims, attention_dims, bias=False)
        self.value = None if values_from_keys else nn.Linear(dims, attention_dims, bias=False)
        self.output = nn.Linear(attention_dims, dims)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, ffn_dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ffn_dims, dims)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, N, D)."""
        x = self.attention_norm(x + self.dropout(self._attend(x)))
        return self.ffn_norm(x + self.dropout(self.ffn(x)))

    def _attend(self, x: Tensor) -> Tensor:
        keys = self.key(x)
        values = keys if self.value is None else self.value(x)
        rate = self.dropout.p if self.training else 0.0
        return self.output(multi_head_attention(self.query(x), keys, values, self.num_heads, rate))
