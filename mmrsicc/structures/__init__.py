"""Data structures that all parts exchange."""

from mmrsicc.structures.change_data_sample import IGNORED, ChangeDataSample
from mmrsicc.structures.features import ChangeFeatures, Conditions, DifferenceFeatures

__all__ = ["IGNORED", "ChangeDataSample", "ChangeFeatures", "Conditions", "DifferenceFeatures"]
