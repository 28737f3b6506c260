"""Necks of other packages that join the maps of two dates."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmrsicc.models.layers.grid_tokens import GridTokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class FusionNeck(BaseModule):
    """Tokens from a neck that joins the maps of both dates, such as ``opencd.FeatureFusionNeck``.

    The maps that it makes are pooled to one grid, laid side by side and projected, with learned
    positions; the pooled vector is the mean of the tokens.

    Args:
        in_channels: Channels of the K maps of each date.
        fusion: Config of the other package's neck, called with the maps of both dates.
        out_channels: Channels D of the tokens.
        grid_size: Side of the token grid; N = grid_size^2.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        fusion: dict,
        out_channels: int = 512,
        grid_size: int = 8,
    ) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.fusion = MODELS.build(fusion)
        self.scale_channels = self._fused_channels(in_channels)
        self.tokens = GridTokens(sum(self.scale_channels), out_channels, grid_size)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date.

        Returns:
            Tokens (B, N, D), their mean (B, D), and the joined maps as ``scales``.
        """
        fused = tuple(self.fusion(before, after))
        grids = [F.adaptive_avg_pool2d(m, self.tokens.grid_size) for m in fused]
        tokens = self.tokens(torch.cat(grids, dim=1))
        return DifferenceFeatures(tokens, tokens.mean(dim=1), fused)

    @torch.no_grad()
    def _fused_channels(self, in_channels: Sequence[int]) -> tuple[int, ...]:
        """Channels of the joined maps, asked with blank ones."""
        self.fusion.eval()
        blank = tuple(torch.zeros(1, c, 64 >> k, 64 >> k) for k, c in enumerate(in_channels))
        fused = self.fusion(blank, blank)
        self.fusion.train()
        return tuple(m.shape[1] for m in fused)
