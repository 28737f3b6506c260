"""Change masks of methods that need no labels, under the metric of change detectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mmrsicc.change_maps import THRESHOLDS, ChangeMap, change_mask
from mmrsicc.evaluation.change_mask_metric import ChangeMaskMetric
from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.structures import IGNORED, ChangeDataSample, is_changed

#: Pixel step for choosing a threshold: a prime, so that all columns are sampled.
_EVERY = 7
#: Threshold rules that each method is scored with, the columns of a table.
RULES = (*THRESHOLDS, "fixed")


def score_masks(methods: Mapping[str, ChangeMap], test: Any, choice: Any) -> dict[str, Any]:
    """Scores of the masks of methods, for each rule of a threshold.

    The rules of :data:`~mmrsicc.change_maps.THRESHOLDS` look at one pair at a time. ``fixed`` is
    one threshold for all pairs, that of the highest F1 on other pairs with masks; ``own`` that of
    the method, where it has a number.

    Args:
        methods: What scores pixels, by name.
        test: Data set of pairs with masks whose pipeline ends with ``PackChangeInputs``.
        choice: Another one, which ``fixed`` is chosen on.

    Returns:
        By the method: ``scores``, those of :class:`~mmrsicc.evaluation.ChangeMaskMetric`
        by the rule; ``fixed``, the chosen threshold.

    Raises:
        ValueError: A pair has no mask, or no pixel is changed in any of ``choice``.
    """
    fixed = best_thresholds(methods, choice)
    rules: dict[str, dict[str, str | float]] = {}
    for name, method in methods.items():
        rules[name] = {rule: rule for rule in THRESHOLDS} | {"fixed": fixed[name]}
        if not isinstance(method.threshold, str):
            rules[name]["own"] = method.threshold
    metrics = {name: {rule: ChangeMaskMetric() for rule in rules[name]} for name in methods}
    for sample, before, after in images_with_masks(test):
        for name, method in methods.items():
            scores = method(before, after)
            for rule, threshold in rules[name].items():
                sample.pred_mask = torch.from_numpy(change_mask(scores, threshold))
                metrics[name][rule].process(None, [sample.to_dict()])
    return {
        name: {
            "scores": {rule: metric.evaluate(len(test)) for rule, metric in found.items()},
            "fixed": fixed[name],
        }
        for name, found in metrics.items()
    }


def best_thresholds(methods: Mapping[str, ChangeMap], dataset: Any) -> dict[str, float]:
    """The threshold of each method with the highest F1 over all pairs of a data set.

    Args:
        methods: What scores pixels, by name.
        dataset: As ``test`` of :func:`score_masks`. Every seventh pixel counts.

    Raises:
        ValueError: A pair has no mask, or no pixel is changed in any.
    """
    labels: list[np.ndarray] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in methods}
    for sample, before, after in images_with_masks(dataset):
        mask = sample.gt_mask.numpy().ravel()[::_EVERY]
        known = mask != IGNORED
        labels.append(is_changed(mask)[known])
        for name, method in methods.items():
            scores[name].append(method(before, after).ravel()[::_EVERY][known])
    changed = np.concatenate(labels)
    return {name: highest_f1(np.concatenate(found), changed) for name, found in scores.items()}


def highest_f1(scores: np.ndarray, changed: np.ndarray) -> float:
    """The threshold with the highest F1; scores above it count as changed.

    Args:
        scores: (N,).
        changed: (N,) bool.

    Raises:
        ValueError: Nothing is changed.
    """
    if not changed.any():
        raise ValueError("no pixel is changed in any mask: choose the threshold on other pairs")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits = np.cumsum(changed[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1])
    # Equal scores get the same class, so only the last of them can be the threshold.
    ends = np.append(ranked[:-1] > ranked[1:], True)
    last = int(np.argmax(np.where(ends, f1, -1)))
    return float(ranked[last + 1]) if last + 1 < len(ranked) else -np.inf


def images_with_masks(dataset: Any) -> Iterator[tuple[ChangeDataSample, np.ndarray, np.ndarray]]:
    """Samples of a data set, each with both dates as (H, W, C).

    Raises:
        ValueError: A pair has no mask.
    """
    for index in range(len(dataset)):
        item = dataset[index]
        sample = item["data_samples"]
        if "gt_mask" not in sample:
            raise ValueError(
                f"pair {sample.pair_id!r} has no mask: name the config of a change detector"
            )
        before, after = (date.permute(1, 2, 0).numpy() for date in item["inputs"])
        yield sample, before, after


def methods_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table with a row per data set and method, in percent.

    Args:
        results: Of each data set its name, ``data``, and :func:`score_masks` of each method by its
            name, ``methods``.
    """
    rules = [f"F1, {rule}" for rule in RULES]
    lines = [["data", "method", *rules, "precision", "recall", "IoU"]]
    for result in results:
        name = result["data"]
        for method, found in result["methods"].items():
            values = [found["scores"][rule]["mask/F1"] for rule in RULES]
            fixed = found["scores"]["fixed"]
            values += [fixed[f"mask/{key}"] for key in ("precision", "recall", "IoU")]
            lines.append([name, method, *("-" if v != v else f"{v:.2f}" for v in values)])
            name = ""
    return markdown(lines)
