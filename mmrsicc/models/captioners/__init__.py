"""Top-level models."""

from mmrsicc.models.captioners.change_captioner import ChangeCaptioner
from mmrsicc.models.captioners.constant_captioner import ConstantCaptioner

__all__ = ["ChangeCaptioner", "ConstantCaptioner"]
