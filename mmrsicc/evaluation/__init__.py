"""Metrics over captions and change masks."""

from mmrsicc.evaluation.change_caption_metric import ChangeCaptionMetric
from mmrsicc.evaluation.change_mask_metric import ChangeMaskMetric
from mmrsicc.evaluation.change_sensitive_metric import ChangeSensitiveMetric
from mmrsicc.evaluation.content import ContentMetric
from mmrsicc.evaluation.dump_captions import DumpCaptions
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import read_captions, write_captions
from mmrsicc.evaluation.mask_class_metric import MaskClassMetric
from mmrsicc.evaluation.retrieval.retrieval_metric import RetrievalMetric
from mmrsicc.evaluation.scores.caption_scores import CaptionScores, caption_scorer, caption_scores
from mmrsicc.evaluation.scores.change_scores import change_caption_scores
from mmrsicc.evaluation.scores.cider_reward import CiderReward
from mmrsicc.evaluation.truth.synth_truth_metric import SynthTruthMetric

__all__ = [
    "CaptionScores",
    "ChangeCaptionMetric",
    "ChangeMaskMetric",
    "ChangeSensitiveMetric",
    "CiderReward",
    "ContentMetric",
    "DumpCaptions",
    "MaskClassMetric",
    "PredictedCaption",
    "RetrievalMetric",
    "SynthTruthMetric",
    "caption_scorer",
    "caption_scores",
    "change_caption_scores",
    "read_captions",
    "write_captions",
]
