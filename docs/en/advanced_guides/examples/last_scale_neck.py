"""A neck from outside the package: the difference of the last scale, nothing else."""

from collections.abc import Sequence

from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class LastScaleNeck(nn.Module):
    """One token per place of the coarsest map: ``W (after - before)``, W a 1x1 convolution.

    A plain reference point: no finer scales, no change detector, no relation among places and no
    marks of place. The pooled vector is the tokens' mean.

    Args:
        in_channels: Channels of the K maps of each date; the last one counts.
        out_channels: Channels D of the tokens.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(self, in_channels: Sequence[int], out_channels: int = 512) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.scale_channels = (out_channels,)
        self.project = nn.Conv2d(in_channels[-1], out_channels, 1, bias=False)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Compares the last maps (B, C_K, H, W); returns N = H x W tokens."""
        difference = self.project(after[-1] - before[-1])
        tokens = difference.flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens, tokens.mean(1), scales=(difference,))
