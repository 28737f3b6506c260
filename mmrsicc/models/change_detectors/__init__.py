"""Change detectors: native ones and adapters to foreign ones."""

from mmrsicc.models.change_detectors.siamese_change_detector import SiameseChangeDetector

__all__ = ["SiameseChangeDetector"]
