"""Data that travels between the parts of the toolbox."""

from mmrsicc.structures.change_data_sample import IGNORED, ChangeDataSample
from mmrsicc.structures.features import ChangeFeatures, DifferenceFeatures

__all__ = ["IGNORED", "ChangeDataSample", "ChangeFeatures", "DifferenceFeatures"]
