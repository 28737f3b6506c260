"""Caption heads: from what differs to sentences."""

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead
from mmrsicc.models.heads.classic_caption_head import ClassicCaptionHead
from mmrsicc.models.heads.transformer_caption_head import TransformerCaptionHead
from mmrsicc.models.heads.transformer_head import TransformerHead, TransformerState

__all__ = [
    "AutoregressiveHead",
    "ClassicCaptionHead",
    "TransformerCaptionHead",
    "TransformerHead",
    "TransformerState",
]
