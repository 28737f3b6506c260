"""MCCFormers: transformers over the places of both dates (Qiu et al. 2021, ICCV)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import CrossAttentionLayer, GridTokens, xavier_matrices
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class MCCFormersS(nn.Module):
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

    #: Tells the encoder that no other scale is read.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 16,
        num_layers: int = 2,
        num_heads: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.out_channels = 2 * dims
        self.places = GridTokens(in_channels[-1], dims, grid_size)
        self.dates = nn.Embedding(2, dims)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dims, num_heads, 4 * dims, dropout, batch_first=True)
            for _ in range(num_layers)
        )

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns N tokens and their mean."""
        first, second = self.dates.weight
        tokens = torch.cat([self.places(before[-1]) + first, self.places(after[-1]) + second], 1)
        for layer in self.layers:
            tokens = layer(tokens)
        return _side_by_side(*tokens.chunk(2, dim=1))


@MODELS.register_module()
class MCCFormersD(nn.Module):
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

    #: Tells the encoder that no other scale is read.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 16,
        num_layers: int = 2,
        num_heads: int = 4,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.out_channels = 2 * dims
        self.places = GridTokens(in_channels[-1], dims, grid_size)
        self.layers = nn.ModuleList(
            CrossAttentionLayer(dims, num_heads, dropout) for _ in range(num_layers)
        )
        xavier_matrices(self)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns N tokens and their mean."""
        first, second = self.places(before[-1]), self.places(after[-1])
        for layer in self.layers:
            first, second = layer(first, second), layer(second, first)
        return _side_by_side(first, second)


def _side_by_side(first: Tensor, second: Tensor) -> DifferenceFeatures:
    """Both dates' tokens (B, N, D), joined over the channels."""
    tokens = torch.cat([first, second], dim=2)
    return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))
