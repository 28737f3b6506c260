"""Change detectors: native ones and adapters to foreign ones."""

from mmrsicc.models.change_detectors.siamese_change_detector import (
    SiameseChangeDetector,
    predict_masks,
)
from mmrsicc.models.change_detectors.zeroed_change_detector import ZeroedChangeDetector

__all__ = ["SiameseChangeDetector", "ZeroedChangeDetector", "predict_masks"]
