"""A residual block with a narrow waist."""

from torch import Tensor, nn


class BottleneckBlock(nn.Module):
    """1x1, 3x3 and 1x1 convolutions at half the channels around a shortcut, with BatchNorm.

    As RSICCformer (Liu et al. 2022) and Chg2Cap (Chang and Ghamisi 2023) have it.

    Args:
        channels: Channels C in and out; even.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        waist = channels // 2
        self.body = nn.Sequential(
            nn.Conv2d(channels, waist, 1),
            nn.BatchNorm2d(waist),
            nn.ReLU(inplace=True),
            nn.Conv2d(waist, waist, 3, padding=1),
            nn.BatchNorm2d(waist),
            nn.ReLU(inplace=True),
            nn.Conv2d(waist, channels, 1),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return (x + self.body(x)).relu()
