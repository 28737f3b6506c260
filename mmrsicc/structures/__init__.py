"""Data structures that all parts exchange."""

from mmrsicc.structures.change_data_sample import ChangeDataSample
from mmrsicc.structures.change_mask import IGNORED, is_changed
from mmrsicc.structures.features import ChangeFeatures, Conditions, DifferenceFeatures

__all__ = [
    "IGNORED",
    "ChangeDataSample",
    "ChangeFeatures",
    "Conditions",
    "DifferenceFeatures",
    "is_changed",
]
