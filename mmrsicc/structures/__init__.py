"""Data that travels between the parts of the toolbox."""

from mmrsicc.structures.change_data_sample import ChangeDataSample
from mmrsicc.structures.change_mask import IGNORED, is_changed
from mmrsicc.structures.features import ChangeFeatures, DifferenceFeatures

__all__ = ["IGNORED", "ChangeDataSample", "ChangeFeatures", "DifferenceFeatures", "is_changed"]
