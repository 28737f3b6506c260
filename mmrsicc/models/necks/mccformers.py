"""MCCFormers: transformers over the places of both dates (Qiu et al. 2021, ICCV)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import CrossAttentionLayer, xavier_matrices
from mmrsicc.models.necks.date_tokens import DateTokensNeck
from mmrsicc.registry import MODELS


@MODELS.register_module()
class MCCFormersS(DateTokensNeck):
    """MCCFormers-S: a transformer encoder over one sequence that holds both dates.

    Each place of the last map of either date is a token, with a learned vector of its place and one
    of its date. What comes out for a place of both dates stands side by side in the channels.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        dims: Channels D of the transformer; there are 2 D in the tokens.
        grid_size: Side g of the grid of places; N = g^2.
        num_layers: Number of encoder layers.
        num_heads: Attention heads per layer.
        dropout: Dropout probability.

    Raises:
        ValueError: If ``num_heads`` does not divide ``dims``.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 16,
        num_layers: int = 2,
        num_heads: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(in_channels, dims, grid_size)
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.dates = nn.Embedding(2, dims)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dims, num_heads, 4 * dims, dropout, batch_first=True)
            for _ in range(num_layers)
        )

    def relate(self, before: Tensor, after: Tensor) -> Tensor:
        """Tokens (B, N, 2 D) from those (B, N, D) of each date."""
        first, second = self.dates.weight
        tokens = torch.cat([before + first, after + second], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        return torch.cat(tokens.chunk(2, dim=1), dim=2)


@MODELS.register_module()
class MCCFormersD(DateTokensNeck):
    """MCCFormers-D: each date attends to the other, by layers that both dates share.

    Each place of the last map of either date is a token, with a learned vector of its place. What
    comes out for a place of both dates stands side by side in the channels.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        dims: Channels D of the transformer; there are 2 D in the tokens.
        grid_size: Side g of the grid of places; N = g^2.
        num_layers: Number of layers.
        num_heads: Attention heads per layer.
        dropout: Dropout probability.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 16,
        num_layers: int = 2,
        num_heads: int = 4,
        dropout: float = 0.5,
    ) -> None:
        super().__init__(in_channels, dims, grid_size)
        self.layers = nn.ModuleList(
            CrossAttentionLayer(dims, num_heads, dropout) for _ in range(num_layers)
        )
        xavier_matrices(self)

    def relate(self, before: Tensor, after: Tensor) -> Tensor:
        """Tokens (B, N, 2 D) from those (B, N, D) of each date."""
        for layer in self.layers:
            before, after = layer(before, after), layer(after, before)
        return torch.cat([before, after], dim=2)
