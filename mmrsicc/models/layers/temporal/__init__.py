"""Temporal modules: the two dates related before they are compared.

Each is built with ``in_channels`` and ``channels``, the width of its inside, and takes two maps
(B, in_channels, H, W) to two of the same shape. All scan sequences with
:class:`~mmrsicc.models.layers.selective_ssm.BidirectionalSSM`.
"""

from mmrsicc.models.layers.temporal.spatial_difference_ssm import SpatialDifferenceSSM
from mmrsicc.models.layers.temporal.spatio_temporal_ssm import SpatioTemporalSSM
from mmrsicc.models.layers.temporal.temporal_traversing_ssm import TemporalTraversingSSM

__all__ = ["SpatialDifferenceSSM", "SpatioTemporalSSM", "TemporalTraversingSSM"]
