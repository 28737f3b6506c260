"""Caption heads: from what differs to sentences."""

from mmrsicc.models.heads.transformer_caption_head import TransformerCaptionHead, TransformerState

__all__ = ["TransformerCaptionHead", "TransformerState"]
