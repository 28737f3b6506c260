"""Band stem: the bands of a sensor as the channels that a backbone takes."""

from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class BandStem(nn.Module):
    """1x1 convolution from the bands of one date to the channels of a shared backbone.

    Args:
        in_channels: Bands of the date.
        out_channels: Channels that the backbone takes.
    """

    def __init__(self, in_channels: int, out_channels: int = 3) -> None:
        super().__init__()
        self.mix = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Takes (B, in_channels, H, W), returns (B, out_channels, H, W)."""
        return self.mix(images)
