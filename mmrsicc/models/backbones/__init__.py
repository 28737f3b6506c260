"""Backbones that mmpretrain and mmseg lack."""

# Lets a backbone's init_cfg name torchvision's vision transformers, and makes MMEngine's own
# loading safe.
import mmrsicc.converters.torchvision_vit
import mmrsicc.utils.safe_loading  # noqa: F401
from mmrsicc.models.backbones.efficientnet_lite import EfficientNetLite
from mmrsicc.models.backbones.mix_transformer import MixTransformer
from mmrsicc.models.backbones.vmamba import VMamba

__all__ = ["EfficientNetLite", "MixTransformer", "VMamba"]
