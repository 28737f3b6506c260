"""Siamese change detector, and its zeroed control."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.models.layers.convolution import MaskDecoder
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class SiameseChangeDetector(ChangeDetector):
    """Siamese encoder and light decoder (FC-Siam-diff's idea with SegFormer's all-MLP decoder).

    Both dates pass the backbone in one call and are compared at each scale; all scales are brought
    to the finest, joined and classified.

    Args:
        backbone: Config of a backbone that returns K maps.
        source_dataset: See :class:`ChangeDetector`.
        channels: Width of the decoder; most difference modules want a multiple of 32.
        difference: Config of what compares two maps (``mmrsicc/models/layers/differences.py``).
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(
        self,
        backbone: dict,
        source_dataset: str | None,
        channels: int = 128,
        difference: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = MODELS.build(backbone)
        difference = difference or {"type": "AbsoluteDifference"}
        # The name in checkpoints; these modules once projected the difference alone.
        self.laterals = nn.ModuleList(
            MODELS.build({"in_channels": c, "channels": channels, **difference})
            for c in output_channels(self.backbone, self.bands)
        )
        self.fuse = MaskDecoder(len(self.laterals), channels, norm=nn.BatchNorm2d)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The backbone's maps of both dates, and what the difference modules make of them."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        differences = tuple(
            compare(a, b) for compare, a, b in zip(self.laterals, firsts, seconds, strict=True)
        )
        logits = self.fuse(differences, before.shape[-2:])
        return ChangeFeatures(firsts, seconds, differences, logits)


@MODELS.register_module()
class ZeroedChangeDetector(SiameseChangeDetector):
    """A Siamese change detector with all its features put to zero and no logits.

    A captioner with it has every parameter of one with the real detector, but learns nothing of
    the detector. Say ``source_dataset=None`` and ``checkpoint=None``, since no weights count.
    """

    def extract(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Zeros in the shapes of the detector's features of raw images (B, 3, H, W)."""
        features = super().extract(before, after)
        assert features.difference is not None
        return replace(
            features,
            before=_zeros(features.before),
            after=_zeros(features.after),
            difference=_zeros(features.difference),
            logits=None,
        )


def _zeros(maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(torch.zeros_like(m) for m in maps)
