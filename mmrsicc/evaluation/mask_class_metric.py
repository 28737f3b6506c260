"""The metric of masks with several classes: IoU of each, mean IoU, accuracy and kappa."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from mmrsicc.evaluation.change_mask_metric import check_same_size
from mmrsicc.evaluation.files.records import required, sorted_pairs
from mmrsicc.registry import METRICS
from mmrsicc.structures import IGNORED
from mmrsicc.utils.counts import counted


@dataclass(frozen=True)
class ClassConfusion:
    """Pixels of one pair: a count for each annotated class (rows) and predicted class (columns)."""

    pair_id: str
    counts: tuple[tuple[int, ...], ...]


@METRICS.register_module()
class MaskClassMetric(BaseMetric):
    """Compare predicted class ids with the annotated ones, pixel by pixel.

    Results, in percent, from the pixel counts of the whole set added up: ``classes/IoU_NAME`` of
    each class, ``classes/mIoU``, their mean over the classes that occur, ``classes/OA`` (overall
    accuracy) and ``classes/kappa`` (Cohen 1960). The IoU of a class that is neither annotated nor
    predicted is nan, and so is kappa where a single class is all there is.

    Samples carry ``pred_mask`` and ``gt_mask``, (H, W), of class ids. Pixels annotated as
    ``IGNORED`` are not counted.

    Args:
        names: Of the classes, in order of id.
        collect_device: See MMEngine's ``BaseMetric``.
        prefix: Put before every result name; ``classes`` by default.
    """

    default_prefix = "classes"

    def __init__(
        self, names: Sequence[str], collect_device: str = "cpu", prefix: str | None = None
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.names = tuple(names)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count the pixels of a batch."""
        for sample in data_samples:
            pair_id = str(required(sample, "pair_id", "add it to the packed metainfo"))
            predicted = required(sample, "pred_mask", "the model must predict masks")
            annotated = required(sample, "gt_mask", "the test set must have masks")
            self.results.append(self._count(pair_id, predicted, annotated))

    def compute_metrics(self, results: list[ClassConfusion]) -> dict[str, float]:
        """Add up the counts and log the scores."""
        if not results:
            raise ValueError("MaskClassMetric got no pair to compare: the test set is empty")
        pairs = sorted_pairs(results)
        # Floats, since products of pixel counts are too large for integers.
        counts = np.sum([pair.counts for pair in pairs], axis=0, dtype=float)
        hits, annotated, predicted = counts.diagonal(), counts.sum(1), counts.sum(0)
        total = counts.sum()
        with np.errstate(invalid="ignore"):
            ious = 100 * hits / (annotated + predicted - hits)
        chance = (annotated * predicted).sum() / total**2 if total else nan
        agreement = hits.sum() / total if total else nan
        scores = {f"IoU_{name}": float(iou) for name, iou in zip(self.names, ious, strict=True)}
        known = ious[~np.isnan(ious)]
        scores["mIoU"] = float(known.mean()) if len(known) else nan
        scores["OA"] = 100 * float(agreement)
        scores["kappa"] = 100 * float((agreement - chance) / (1 - chance)) if chance != 1 else nan
        line = ", ".join(f"{name} {value:.2f}" for name, value in scores.items())
        print_log(f"Classes of {counted(len(pairs), 'mask')}, in percent: {line}", logger="current")
        return scores

    def _count(self, pair_id: str, predicted: Tensor, annotated: Tensor) -> ClassConfusion:
        check_same_size(pair_id, predicted, annotated)
        known = annotated != IGNORED
        number = len(self.names)
        rows, columns = annotated[known].long(), predicted.to(annotated.device)[known].long()
        for key, ids in (("gt_mask", rows), ("pred_mask", columns)):
            if len(ids) and int(ids.max()) >= number:
                raise ValueError(
                    f"pair {pair_id!r}: {key} has class {int(ids.max())}, but there are {number} "
                    'names: name every class of the data set\'s mask_classes, "unchanged" first'
                )
        counts = torch.bincount(rows * number + columns, minlength=number**2)
        return ClassConfusion(pair_id, tuple(map(tuple, counts.view(number, number).tolist())))
