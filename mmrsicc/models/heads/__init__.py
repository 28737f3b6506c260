"""Caption heads: from what differs to sentences."""

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead, SentenceBatch
from mmrsicc.models.heads.classic_caption_head import ClassicCaptionHead
from mmrsicc.models.heads.dates_flag_head import DatesFlagHead
from mmrsicc.models.heads.dynamic_speaker import DynamicSpeaker, SpeakerState
from mmrsicc.models.heads.flag_head import FlagHead
from mmrsicc.models.heads.gpt2_caption_head import GPT2CaptionHead, GPT2State
from mmrsicc.models.heads.hisem_caption_head import HiSemCaptionHead
from mmrsicc.models.heads.mask_head import MaskHead
from mmrsicc.models.heads.prefix_caption_head import PrefixCaptionHead, PrefixState
from mmrsicc.models.heads.recurrent_caption_head import RecurrentCaptionHead, RecurrentState
from mmrsicc.models.heads.transformer_head import (
    TransformerCaptionHead,
    TransformerHead,
    TransformerState,
)

__all__ = [
    "AutoregressiveHead",
    "ClassicCaptionHead",
    "DatesFlagHead",
    "DynamicSpeaker",
    "FlagHead",
    "GPT2CaptionHead",
    "GPT2State",
    "HiSemCaptionHead",
    "MaskHead",
    "PrefixCaptionHead",
    "PrefixState",
    "RecurrentCaptionHead",
    "RecurrentState",
    "SentenceBatch",
    "SpeakerState",
    "TransformerCaptionHead",
    "TransformerHead",
    "TransformerState",
]
