"""Scores of change captions and masks.

Scorers, readers of result files and trivial baselines need NumPy and the extra ``metrics``, no
torch. The metrics of runs need MMEngine and are imported when they are asked for.
"""

from typing import TYPE_CHECKING, Any

from mmrsicc.evaluation.baselines.trivial import trivial_baselines
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import read_captions, read_results, write_captions
from mmrsicc.evaluation.scores.caption_scores import CaptionScores, caption_scorer, caption_scores
from mmrsicc.evaluation.scores.change_scores import change_caption_scores
from mmrsicc.evaluation.scores.meteor15 import Meteor
from mmrsicc.utils.lazy import late_import

if TYPE_CHECKING:
    from mmrsicc.evaluation.metrics import (
        ChangeCaptionMetric,
        ChangeMaskMetric,
        ChangeSensitiveMetric,
        CiderReward,
        ContentMetric,
        DumpCaptions,
        MaskClassMetric,
        RetrievalMetric,
        SynthTruthMetric,
    )

__all__ = [
    "CaptionScores",
    "ChangeCaptionMetric",
    "ChangeMaskMetric",
    "ChangeSensitiveMetric",
    "CiderReward",
    "ContentMetric",
    "DumpCaptions",
    "MaskClassMetric",
    "Meteor",
    "PredictedCaption",
    "RetrievalMetric",
    "SynthTruthMetric",
    "caption_scorer",
    "caption_scores",
    "change_caption_scores",
    "read_captions",
    "read_results",
    "trivial_baselines",
    "write_captions",
]


def __getattr__(name: str) -> Any:
    return late_import("mmrsicc.evaluation.metrics", name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
