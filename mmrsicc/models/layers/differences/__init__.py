"""Difference modules: what differs between two maps of one scale.

Each is built with ``in_channels`` and ``channels``, and takes two maps (B, in_channels, H, W) to
one (B, channels, H, W). Published forms are written with GroupNorm in place of BatchNorm, so that
a pair's features depend on no other pair of its batch.
"""

from mmrsicc.models.layers.differences.absolute_difference import AbsoluteDifference
from mmrsicc.models.layers.differences.concat_cos_difference import ConcatCosDifference
from mmrsicc.models.layers.differences.cross_attention_difference import CrossAttentionDifference
from mmrsicc.models.layers.differences.gated_difference import GatedDifference
from mmrsicc.models.layers.differences.mci_difference import MCIDifference
from mmrsicc.models.layers.differences.pair_difference import PairDifference
from mmrsicc.models.layers.differences.simple_difference import SimpleDifference

__all__ = [
    "AbsoluteDifference",
    "ConcatCosDifference",
    "CrossAttentionDifference",
    "GatedDifference",
    "MCIDifference",
    "PairDifference",
    "SimpleDifference",
]
