"""Simple necks: one date less the other or beside it, at one scale or at all."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import pool
from mmrsicc.models.layers.transformer import pre_norm_encoder
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class SubtractionNeck(nn.Module):
    """Neck of the autoregressive baseline: ``after - before`` of the last scale, projected.

    The tokens are the difference pooled to a grid, with learned positions; the pooled vector is
    their mean. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        out_channels: Channels D of the tokens.
        grid_size: Side of the token grid; N = grid_size^2.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 512,
        grid_size: int = 8,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.scale_channels = (out_channels,)
        self.grid_size = grid_size
        self.project = nn.Conv2d(in_channels[-1], out_channels, 1)
        self.position = nn.Parameter(torch.zeros(grid_size**2, out_channels))
        nn.init.trunc_normal_(self.position, std=0.02)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns N tokens and their mean."""
        difference = self.project(after[-1] - before[-1])
        grid = pool(difference, self.grid_size)
        tokens = grid.flatten(2).transpose(1, 2) + self.position
        return DifferenceFeatures(tokens, tokens.mean(dim=1), (difference,))


@MODELS.register_module()
class ConcatenationNeck(nn.Module):
    """All scales of both dates side by side: the control of :class:`JFM`, of as many parameters.

    Maps are averaged to one grid, their channels joined and mixed at each place by two linear
    layers; then come JFM's transformer layers over the places. There is no comparison of the dates
    and no fusion of scales but what the layers make of them.

    Args:
        in_channels: Channels of the K maps of each date.
        channels: Channels of the places.
        out_channels: Channels D of the tokens.
        hidden: Width between the two linear layers.
        grid_size: Side of the token grid; N = grid_size^2.
        num_layers: Transformer layers over the places.
        num_heads: Attention heads.
        dropout: Dropout of the transformer layers.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 256,
        out_channels: int = 512,
        hidden: int = 512,
        grid_size: int = 8,
        num_layers: int = 2,
        num_heads: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.grid_size = grid_size
        self.mix = nn.Sequential(
            nn.Linear(2 * sum(in_channels), hidden), nn.GELU(), nn.Linear(hidden, channels)
        )
        self.position = nn.Parameter(torch.zeros(grid_size**2, channels))
        nn.init.trunc_normal_(self.position, std=0.02)
        self.spatial = pre_norm_encoder(channels, num_heads, num_layers, dropout)
        self.project = nn.Linear(channels, out_channels)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns N tokens and their mean."""
        grid = torch.cat([pool(m, self.grid_size) for m in (*before, *after)], dim=1)
        places = self.mix(grid.flatten(2).transpose(1, 2)) + self.position
        tokens = self.project(self.spatial(places))
        return DifferenceFeatures(tokens, tokens.mean(dim=1))


@MODELS.register_module()
class PooledFusion(nn.Module):
    """Joins the pooled features of both dates, as CNN-RNN change captioners do.

    Feature-level fusion (Chouaf et al. 2021, Hoxha et al. 2022): the last map of each date is
    averaged over its places, then the two vectors are joined. There is nothing to learn. Only
    the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        fusion: ``difference``, after less before, D = C_K; or ``concatenation``, before and then
            after, D = 2 C_K.

    Raises:
        ValueError: If ``fusion`` is neither.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        fusion: str = "difference",
    ) -> None:
        super().__init__()
        if fusion not in ("difference", "concatenation"):
            raise ValueError(f"fusion must be 'difference' or 'concatenation', got {fusion!r}")
        self.fusion = fusion
        self.out_channels = in_channels[-1] * (1 if fusion == "difference" else 2)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; the one token is the pooled vector."""
        first, second = before[-1].mean((2, 3)), after[-1].mean((2, 3))
        joined = second - first if self.fusion == "difference" else torch.cat([first, second], 1)
        return DifferenceFeatures(tokens=joined.unsqueeze(1), pooled=joined)
