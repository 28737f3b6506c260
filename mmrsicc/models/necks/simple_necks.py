"""Simple necks: one scale, one date less the other or beside it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import pool
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

    #: Tells the encoder that no other scale is read.
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

    #: Tells the encoder that no other scale is read.
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
