"""Top-level models."""

from mmrsicc.models.captioners.change_captioner import ChangeCaptioner

__all__ = ["ChangeCaptioner"]
