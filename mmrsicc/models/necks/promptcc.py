"""PromptCC: transformers over each date, then over each date beside the difference."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class PromptCC(nn.Module):
    """Encoder of PromptCC (Liu et al. 2023, TGRS), as its authors released it.

    Layers that both dates share go over the places of each, with a learned vector of the date among
    them; others over each date and the difference side by side. The memory holds the places of the
    first date, then those of the second. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, D, are the tokens'.
        date_layers: Layers over a date alone, of D channels.
        pair_layers: Layers over a date and the difference, of 2 D channels.
        num_heads: Attention heads.
        dropout: Dropout probability.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        date_layers: int = 2,
        pair_layers: int = 3,
        num_heads: int = 8,
        dropout: float = 0.1,
        max_grid_size: int = 7,
    ) -> None:
        super().__init__()
        dims = in_channels[-1]
        self.out_channels = dims
        self.columns = nn.Embedding(max_grid_size, dims // 2)
        self.rows = nn.Embedding(max_grid_size, dims // 2)
        self.summaries = nn.Parameter(torch.randn(2, dims) * dims**-0.5)
        self.date_layers, self.pair_layers = (
            nn.ModuleList(
                nn.TransformerEncoderLayer(width, num_heads, 4 * width, dropout, batch_first=True)
                for _ in range(count)
            )
            for width, count in ((dims, date_layers), (2 * dims, pair_layers))
        )
        self.dates = nn.Embedding(2, 2 * dims)
        self.project = nn.Linear(2 * dims, dims)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns 2 H_K W_K tokens and their mean.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        first, second = (
            self._refine(placed_tokens(m[-1], self.columns, self.rows), summary)
            for m, summary in zip((before, after), self.summaries, strict=True)
        )
        difference = second - first
        refined = []
        for places, date in zip((first, second), self.dates.weight, strict=True):
            x = torch.cat([places, difference], dim=2)
            for layer in self.pair_layers:
                x = layer(x)
            refined.append(self.project(x + date))
        tokens = torch.cat(refined, dim=1)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))

    def _refine(self, places: Tensor, summary: Tensor) -> Tensor:
        """(B, N, D) places of a date that have seen each other and the date's vector (D,)."""
        x = torch.cat([summary.expand(len(places), 1, -1), places], dim=1)
        for layer in self.date_layers:
            x = layer(x)
        return x[:, 1:]
