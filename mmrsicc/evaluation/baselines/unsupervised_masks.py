"""Change masks of methods that need no labels, under the metric of change detectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mmrsicc.change_maps import THRESHOLDS, ChangeMap, change_mask
from mmrsicc.evaluation.change_mask_metric import ChangeMaskMetric
from mmrsicc.structures import IGNORED, ChangeDataSample, is_changed

#: Each of so many pixels of a pair counts in the choice of a threshold: a prime, so that no columns
#: of an image are left out.
_EVERY = 7
#: Columns of a table: what every method is scored with.
RULES = (*THRESHOLDS, "fixed")


def score_masks(method: ChangeMap, test: Any, choice: Any) -> dict[str, Any]:
    """Scores of a method's masks, for each rule of a threshold.

    The rules of :data:`~mmrsicc.change_maps.THRESHOLDS` look at one pair at a time. ``fixed`` is
    one threshold for all pairs, that of the highest F1 on other pairs with masks; ``own`` that of
    the method, where it has a number.

    Args:
        method: What scores pixels.
        test: Data set of pairs with masks whose pipeline ends with ``PackChangeInputs``.
        choice: Another one, which ``fixed`` is chosen on.

    Returns:
        ``scores``: those of :class:`~mmrsicc.evaluation.ChangeMaskMetric` by the rule; ``fixed``:
        the chosen threshold.

    Raises:
        ValueError: A pair has no mask.
    """
    fixed = best_threshold(method, choice)
    rules: dict[str, str | float] = {name: name for name in THRESHOLDS} | {"fixed": fixed}
    if not isinstance(method.threshold, str):
        rules["own"] = method.threshold
    metrics = {name: ChangeMaskMetric() for name in rules}
    for sample, before, after in images_with_masks(test):
        scores = method(before, after)
        for name, rule in rules.items():
            sample.pred_mask = torch.from_numpy(change_mask(scores, rule))
            metrics[name].process(None, [sample.to_dict()])
    return {
        "scores": {name: metric.evaluate(len(test)) for name, metric in metrics.items()},
        "fixed": fixed,
    }


def best_threshold(method: ChangeMap, dataset: Any) -> float:
    """The threshold with the highest F1 over all pairs of a data set.

    Args:
        method: What scores pixels.
        dataset: As ``test`` of :func:`score_masks`. Every seventh pixel counts.

    Raises:
        ValueError: A pair has no mask, or no pixel is changed in any.
    """
    scores, labels = [], []
    for sample, before, after in images_with_masks(dataset):
        mask = sample.gt_mask.numpy().ravel()[::_EVERY]
        known = mask != IGNORED
        scores.append(method(before, after).ravel()[::_EVERY][known])
        labels.append(is_changed(mask)[known])
    return highest_f1(np.concatenate(scores), np.concatenate(labels))


def highest_f1(scores: np.ndarray, changed: np.ndarray) -> float:
    """The threshold above which scores are taken for changed with the highest F1.

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
    # Equal scores are on one side, so only the last of them can end the changed ones.
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
    head = ["data", "method", *(f"F1, {rule}" for rule in RULES)]
    lines = [[*head, "precision", "recall", "IoU"], ["---"] * (len(head) + 3)]
    for result in results:
        name = result["data"]
        for method, found in result["methods"].items():
            values = [found["scores"][rule]["mask/F1"] for rule in RULES]
            fixed = found["scores"]["fixed"]
            values += [fixed[f"mask/{key}"] for key in ("precision", "recall", "IoU")]
            lines.append([name, method, *("-" if v != v else f"{v:.2f}" for v in values)])
            name = ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
