"""Metrics that configs name; importing this registers them."""

from mmrsicc.evaluation.change_caption_metric import ChangeCaptionMetric
from mmrsicc.evaluation.change_mask_metric import ChangeMaskMetric
from mmrsicc.evaluation.change_sensitive_metric import ChangeSensitiveMetric
from mmrsicc.evaluation.content.content_metric import ContentMetric
from mmrsicc.evaluation.dump_captions import DumpCaptions
from mmrsicc.evaluation.mask_class_metric import MaskClassMetric
from mmrsicc.evaluation.retrieval.retrieval_metric import RetrievalMetric
from mmrsicc.evaluation.scores.cider_reward import CiderReward
from mmrsicc.evaluation.truth.synth_truth_metric import SynthTruthMetric

__all__ = [
    "ChangeCaptionMetric",
    "ChangeMaskMetric",
    "ChangeSensitiveMetric",
    "CiderReward",
    "ContentMetric",
    "DumpCaptions",
    "MaskClassMetric",
    "RetrievalMetric",
    "SynthTruthMetric",
]
