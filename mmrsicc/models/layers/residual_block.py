"""A residual block without BatchNorm."""

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016), with GroupNorm.

    Args:
        channels: Channels C in and out; a multiple of 32.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(32, channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.GroupNorm(32, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return (x + self.body(x)).relu()
