"""How much the dates differ, projected."""

from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class AbsoluteDifference(nn.Conv2d):
    """``conv1x1(|after - before|)``, without any norm: the same whichever date comes first.

    Args:
        in_channels: Channels of both input maps.
        channels: Channels C of the difference map.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(in_channels, channels, 1)

    def forward(self, before: Tensor, after: Tensor) -> Tensor:  # type: ignore[override]
        """Compares two (B, in_channels, H, W) maps; returns (B, C, H, W)."""
        return super().forward((after - before).abs())
