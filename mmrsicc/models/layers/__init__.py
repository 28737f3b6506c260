"""Small blocks that several models share."""

from mmrsicc.models.layers.attention import CachedAttention, KeysValues
from mmrsicc.models.layers.channels import output_channels
from mmrsicc.models.layers.decoder_layer import TransformerDecoderLayer
from mmrsicc.models.layers.difference import PairDifference
from mmrsicc.models.layers.encode_dates import encode_dates
from mmrsicc.models.layers.positions import sinusoidal_positions

__all__ = [
    "CachedAttention",
    "KeysValues",
    "PairDifference",
    "TransformerDecoderLayer",
    "encode_dates",
    "output_channels",
    "sinusoidal_positions",
]
