"""Metrics over captions and change masks."""

from mmrsicc.evaluation.caption_scores import CaptionScores, caption_scorer, caption_scores
from mmrsicc.evaluation.change_caption_metric import ChangeCaptionMetric, change_caption_scores
from mmrsicc.evaluation.change_mask_metric import ChangeMaskMetric
from mmrsicc.evaluation.dump_captions import DumpCaptions, read_captions
from mmrsicc.evaluation.records import PredictedCaption

__all__ = [
    "CaptionScores",
    "ChangeCaptionMetric",
    "ChangeMaskMetric",
    "DumpCaptions",
    "PredictedCaption",
    "caption_scorer",
    "caption_scores",
    "change_caption_scores",
    "read_captions",
]
