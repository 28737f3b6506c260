"""The metric of change masks: precision, recall, F1, IoU and overall accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from mmrsicc.evaluation.files.records import required, sorted_pairs
from mmrsicc.registry import METRICS
from mmrsicc.structures import IGNORED, is_changed
from mmrsicc.utils.counts import counted


@dataclass(frozen=True)
class PairConfusion:
    """Pixels of one pair by what they are and what was predicted; positive means changed."""

    pair_id: str
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


@METRICS.register_module()
class ChangeMaskMetric(BaseMetric):
    """Compare predicted change masks with the annotated ones, pixel by pixel.

    Results, in percent: ``mask/precision``, ``mask/recall``, ``mask/F1`` and ``mask/IoU`` of the
    changed class and ``mask/OA`` (overall accuracy), from the pixel counts of the whole set added
    up, as is usual in change detection; not averages over pairs. A ratio whose denominator is 0
    says nothing and is nan: precision where no pixel was predicted as changed, recall where none
    is changed, F1 and IoU where neither is.

    Samples carry ``pred_mask`` and ``gt_mask``, (H, W), of class ids; every class but 0 is changed.
    Pixels annotated as ``IGNORED`` are not counted.

    Args:
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: Put before every result name; ``mask`` by default.
    """

    default_prefix = "mask"

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count the pixels of a batch."""
        for sample in data_samples:
            pair_id = str(required(sample, "pair_id", "add it to the packed metainfo"))
            predicted = required(sample, "pred_mask", "the model must predict masks")
            annotated = required(sample, "gt_mask", "the test set must have change masks")
            self.results.append(pair_confusion(pair_id, predicted, annotated))

    def compute_metrics(self, results: list[PairConfusion]) -> dict[str, float]:
        """Add up the counts and log the scores."""
        pairs = sorted_pairs(results)
        tp = sum(pair.true_positive for pair in pairs)
        fp = sum(pair.false_positive for pair in pairs)
        fn = sum(pair.false_negative for pair in pairs)
        tn = sum(pair.true_negative for pair in pairs)
        scores = {
            "precision": _percent(tp, tp + fp),
            "recall": _percent(tp, tp + fn),
            "F1": _percent(2 * tp, 2 * tp + fp + fn),
            "IoU": _percent(tp, tp + fp + fn),
            "OA": _percent(tp + tn, tp + fp + fn + tn),
        }
        line = ", ".join(f"{name} {value:.2f}" for name, value in scores.items())
        print_log(
            f"Change masks of {counted(len(pairs), 'pair')}, in percent: {line}", logger="current"
        )
        return scores


def pair_confusion(pair_id: str, predicted: Tensor, annotated: Tensor) -> PairConfusion:
    """Counts the pixels of one pair; those annotated as ``IGNORED`` count nowhere.

    Args:
        pair_id: Its name.
        predicted: (H, W) class ids.
        annotated: (H, W) class ids.

    Raises:
        ValueError: The masks differ in size.
    """
    check_same_size(pair_id, predicted, annotated)
    known = annotated != IGNORED
    changed = is_changed(annotated)[known]
    found = is_changed(predicted.to(known.device))[known]
    return PairConfusion(
        pair_id,
        true_positive=int((found & changed).sum()),
        false_positive=int((found & ~changed).sum()),
        false_negative=int((~found & changed).sum()),
        true_negative=int((~found & ~changed).sum()),
    )


def check_same_size(pair_id: str, predicted: Tensor, annotated: Tensor) -> None:
    """Raises ValueError if the masks of a pair differ in size."""
    if predicted.shape != annotated.shape:
        raise ValueError(
            f"pair {pair_id!r}: pred_mask is {tuple(predicted.shape)}, gt_mask is "
            f"{tuple(annotated.shape)}: resize the prediction to the annotation"
        )


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else nan
