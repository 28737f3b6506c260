"""Backbones that mmpretrain and mmseg lack."""

from mmrsicc.models.backbones.mix_transformer import MixTransformer
from mmrsicc.models.backbones.vmamba import VMamba

__all__ = ["MixTransformer", "VMamba"]
