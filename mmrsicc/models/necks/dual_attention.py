"""Dual attention: DUDA's neck, a spatial attention map for each date."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import GroupNorm
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class DualAttention(nn.Module):
    """Dual attention of DUDA (Park et al. 2019): one spatial attention per date.

    Each place of the last map also knows its column and row. What a place holds at one date, beside
    how it differs (after less before), says by a sigmoid how much of it counts; a date's vector is
    the sum over its places so weighted, not their mean. The tokens are the vector of before, the
    difference of the two vectors, and that of after, D = C_K + 2; the pooled vector is the
    difference. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        attention_channels: Hidden channels of the attention; a multiple of 32, its groups.
        dropout: Dropout within the attention.

    Raises:
        ValueError: If ``attention_channels`` is no multiple of 32.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        attention_channels: int = 128,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if attention_channels % 32:
            raise ValueError(f"attention_channels={attention_channels} is no multiple of 32")
        self.out_channels = in_channels[-1] + 2
        self.embed = nn.Sequential(
            nn.Conv2d(2 * self.out_channels, attention_channels, 1),
            GroupNorm(attention_channels),
            nn.Dropout(dropout),
            nn.ReLU(),
        )
        self.attention = nn.Conv2d(attention_channels, 1, 1)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns 3 tokens and the attention."""
        first, second = _with_coordinates(before[-1]), _with_coordinates(after[-1])
        difference = second - first
        first_weights, second_weights = (
            self.attention(self.embed(torch.cat([date, difference], dim=1))).sigmoid()
            for date in (first, second)
        )
        attended_first = (first * first_weights).sum((2, 3))
        attended_second = (second * second_weights).sum((2, 3))
        attended_difference = attended_second - attended_first
        return DifferenceFeatures(
            tokens=torch.stack([attended_first, attended_difference, attended_second], dim=1),
            pooled=attended_difference,
            attention=(first_weights, second_weights),
        )


def _with_coordinates(x: Tensor) -> Tensor:
    """(B, C + 2, H, W) of (B, C, H, W): each place's column and row too, from -1 up to below 1."""
    rows, columns = (
        torch.arange(size, device=x.device, dtype=x.dtype) * 2.0 / size - 1.0
        for size in x.shape[-2:]
    )
    rows, columns = torch.meshgrid(rows, columns, indexing="ij")
    coordinates = torch.stack([columns, rows])
    return torch.cat([x, coordinates.expand(x.shape[0], -1, -1, -1)], dim=1)
