"""Backbones that mmpretrain and mmseg lack."""

# The addresses that a backbone's init_cfg may name, and MMEngine's own loading made safe.
import mmrsicc.models.backbones.torchvision_vit
import mmrsicc.utils.safe_loading  # noqa: F401
from mmrsicc.models.backbones.clip_vision import CLIPVision
from mmrsicc.models.backbones.efficientnet_lite import EfficientNetLite
from mmrsicc.models.backbones.frozen import FrozenBackbone
from mmrsicc.models.backbones.joint_backbone import JointBackbone
from mmrsicc.models.backbones.mix_transformer import MixTransformer
from mmrsicc.models.backbones.rsmamba import RSMamba
from mmrsicc.models.backbones.vmamba import VMamba
from mmrsicc.models.backbones.widened import WidenedBackbone
from mmrsicc.models.backbones.x3d import X3D

__all__ = [
    "X3D",
    "CLIPVision",
    "EfficientNetLite",
    "FrozenBackbone",
    "JointBackbone",
    "MixTransformer",
    "RSMamba",
    "VMamba",
    "WidenedBackbone",
]
