"""Base of the published necks that relate the tokens of both dates."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from mmrsicc.models.layers import GridTokens
from mmrsicc.structures import DifferenceFeatures


class DateTokensNeck(nn.Module, ABC):
    """Neck over the tokens of the last map of both dates; subclasses :meth:`relate` them.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        dims: Channels D of a date's tokens; what comes out has 2 D.
        grid_size: Side g of the grid of places that the map is pooled to; N = g^2.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(self, in_channels: Sequence[int], dims: int, grid_size: int) -> None:
        super().__init__()
        self.out_channels = 2 * dims
        self.places = GridTokens(in_channels[-1], dims, grid_size)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns tokens and their mean."""
        tokens = self.relate(self.places(before[-1]), self.places(after[-1]))
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))

    @abstractmethod
    def relate(self, before: Tensor, after: Tensor) -> Tensor:
        """Tokens (B, M, 2 D) of what differs, from the tokens (B, N, D) of each date."""
