"""A change detector that knows nothing: the control of what the detector's features add."""

from dataclasses import replace

import torch
from torch import Tensor

from mmrsicc.models.change_detectors.siamese_change_detector import SiameseChangeDetector
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


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
