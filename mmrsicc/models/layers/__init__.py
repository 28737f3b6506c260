"""Small blocks that several models share."""

from mmrsicc.models.layers.attention import CachedAttention, KeysValues
from mmrsicc.models.layers.band_stem import BandStem
from mmrsicc.models.layers.bottleneck_block import BottleneckBlock
from mmrsicc.models.layers.cross_attention_layer import CrossAttentionLayer
from mmrsicc.models.layers.decoder_layer import PostNormDecoderLayer, TransformerDecoderLayer
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
from mmrsicc.models.layers.gated_transfer import GatedTransfer
from mmrsicc.models.layers.grid_tokens import GridTokens
from mmrsicc.models.layers.positions import sinusoidal_positions
from mmrsicc.models.layers.temporal import (
    SpatialDifferenceSSM,
    SpatioTemporalSSM,
    TemporalTraversingSSM,
)
from mmrsicc.models.layers.token_mask import TokenMask
from mmrsicc.models.layers.xavier import xavier_matrices

__all__ = [
    "AbsoluteDifference",
    "BandStem",
    "BottleneckBlock",
    "CachedAttention",
    "ConcatCosDifference",
    "CrossAttentionDifference",
    "CrossAttentionLayer",
    "CrossScaleFusion",
    "GatedDifference",
    "GatedMeanFusion",
    "GatedTransfer",
    "GridTokens",
    "KeysValues",
    "MCIDifference",
    "PairDifference",
    "PostNormDecoderLayer",
    "SimpleDifference",
    "SpatialDifferenceSSM",
    "SpatioTemporalSSM",
    "TemporalTraversingSSM",
    "TokenMask",
    "TopDownFusion",
    "TransformerDecoderLayer",
    "encode_dates",
    "output_channels",
    "sinusoidal_positions",
    "xavier_matrices",
]
