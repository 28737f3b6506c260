"""ChangeMamba for binary change detection (MambaBCD), of Chen et al. (2024)."""

from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.models.layers.convolution import ResidualBlock, resize
from mmrsicc.models.layers.state_space import scan_dates
from mmrsicc.models.layers.visual_state_space import VSSBlock
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class ChangeMamba(ChangeDetector):
    """Siamese VMamba, and a decoder that scans both dates in three orders.

    "ChangeMamba: Remote Sensing Change Detection With Spatiotemporal State Space Model", TGRS 2024.
    At each scale the dates are scanned side by side in channels, interleaved column by column, and
    one after the other; the five maps that come of it are joined with the coarser scale.

    Args:
        backbone: Config of a backbone that returns K maps; a ``VMamba`` in the paper.
        source_dataset: See :class:`ChangeDetector`.
        channels: Width of the decoder.
        ratio: Width of the decoder's scans, in channels; the backbone's, in the paper.
        drop_path: How often a branch of the decoder's blocks is left out.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(
        self,
        backbone: dict,
        source_dataset: str | None,
        channels: int = 128,
        ratio: float = 2.0,
        drop_path: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = MODELS.build(backbone)
        widths = output_channels(self.backbone, self.bands)
        self.relations = nn.ModuleList(
            _SpatioTemporalScans(width, channels, ratio, drop_path) for width in widths
        )
        self.refinements = nn.ModuleList(
            ResidualBlock(channels, nn.BatchNorm2d) for _ in widths[:-1]
        )
        self.classify = nn.Conv2d(channels, 2, 1)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The backbone's maps of both dates, and the decoder's of all scales."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        differences: list[Tensor] = []
        for k in reversed(range(len(firsts))):
            difference = self.relations[k](firsts[k], seconds[k])
            if differences:
                coarser = resize(differences[0], difference.shape[-2:])
                difference = self.refinements[k](coarser + difference)
            differences.insert(0, difference)
        logits = resize(self.classify(differences[0]), before.shape[-2:])
        return ChangeFeatures(firsts, seconds, tuple(differences), logits)


class _SpatioTemporalScans(nn.Module):
    """The three scans of one scale, from (B, in_channels, H, W) of each date to (B, C, H, W)."""

    def __init__(self, in_channels: int, channels: int, ratio: float, drop_path: float) -> None:
        super().__init__()

        def scan(width: int) -> nn.Sequential:
            block = VSSBlock(channels, ratio, drop_path)
            return nn.Sequential(nn.Conv2d(width, channels, 1), block)

        self.parallel = scan(2 * in_channels)
        self.interleaved = scan(in_channels)
        self.sequential = scan(in_channels)
        self.fuse = nn.Sequential(
            nn.Conv2d(5 * channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
        )

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        scans = (self.parallel, self.interleaved, self.sequential)
        parallel, interleaved, sequential = scan_dates(before, after, *scans)
        return self.fuse(torch.cat([parallel, *interleaved, *sequential], dim=1))
