"""Detector prior: outputs of a frozen change detector as inputs of JFM."""

from collections.abc import Sequence
from math import isqrt

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import pool
from mmrsicc.registry import MODELS


@MODELS.register_module()
class DetectorPrior(nn.Module):
    """A change detector's difference maps and its mask, beside the maps of its encoder.

    The difference maps are projected and join what :class:`JFM` itself makes of the detector's
    maps, before the gate that decides how much of it is used. Each token gets the mean chance of a
    change in its cell of the mask, times a learned vector that is added to it. A vector and not a
    bias of some attention, since every attention behind it can make one of it through its
    keys, the caption head's as well; and not a factor, since the layers behind normalise tokens.

    Nothing is normalised and nothing has a constant term, so that a detector that finds nothing at
    all adds nothing. All weights begin at 0: JFM begins as it would without the prior.

    Args:
        in_channels: Channels of the detector's K difference maps.
        channels: Channels C of JFM's maps and tokens.

    Attributes:
        projections: From each of the detector's difference maps to C channels.
    """

    def __init__(self, in_channels: Sequence[int], channels: int) -> None:
        super().__init__()
        self.projections = nn.ModuleList(nn.Conv2d(c, channels, 1, bias=False) for c in in_channels)
        for projection in self.projections:
            nn.init.zeros_(projection.weight)  # type: ignore[arg-type]
        self.mark = nn.Parameter(torch.zeros(channels))

    def marks(self, logits: Tensor | None, tokens: Tensor) -> Tensor:
        """Marks to add to tokens (B, N, C) of a square grid, by logits (B, classes, H, W).

        A detector without logits marks nothing.
        """
        if logits is None:
            return self.mark * torch.zeros_like(tokens)
        chance = 1 - logits.softmax(1)[:, :1]
        cells = pool(chance, isqrt(tokens.shape[1])).flatten(2).transpose(1, 2)
        return cells.to(tokens) * self.mark
