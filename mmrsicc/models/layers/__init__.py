"""Small blocks that several models share."""

from mmrsicc.models.layers.attention import CachedAttention, KeysValues
from mmrsicc.models.layers.convolution import BandStem, BottleneckBlock, GatedTransfer
from mmrsicc.models.layers.detector_prior import DetectorPrior
from mmrsicc.models.layers.differences import (
    AbsoluteDifference,
    ConcatCosDifference,
    CrossAttentionDifference,
    GatedDifference,
    MCIDifference,
    PairDifference,
    SimpleDifference,
)
from mmrsicc.models.layers.encode_dates import encode_dates, output_channels
from mmrsicc.models.layers.fusions import CrossScaleFusion, GatedMeanFusion, TopDownFusion
from mmrsicc.models.layers.initialise import xavier_matrices
from mmrsicc.models.layers.packed_words import PackedWords
from mmrsicc.models.layers.tokens import GridTokens, TokenMask
from mmrsicc.models.layers.transformer import (
    CrossAttentionLayer,
    PostNormDecoderLayer,
    TransformerDecoderLayer,
    sinusoidal_positions,
)

__all__ = [
    "AbsoluteDifference",
    "BandStem",
    "BottleneckBlock",
    "CachedAttention",
    "ConcatCosDifference",
    "CrossAttentionDifference",
    "CrossAttentionLayer",
    "CrossScaleFusion",
    "DetectorPrior",
    "GatedDifference",
    "GatedMeanFusion",
    "GatedTransfer",
    "GridTokens",
    "KeysValues",
    "MCIDifference",
    "PackedWords",
    "PairDifference",
    "PostNormDecoderLayer",
    "SimpleDifference",
    "TokenMask",
    "TopDownFusion",
    "TransformerDecoderLayer",
    "encode_dates",
    "output_channels",
    "sinusoidal_positions",
    "xavier_matrices",
]
