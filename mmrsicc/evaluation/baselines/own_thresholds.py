"""Change masks at one threshold for each method or detector, with intervals over the images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

import numpy as np
import torch

from mmrsicc.change_maps import ChangeMap, change_mask
from mmrsicc.evaluation.baselines.unsupervised_masks import images_with_masks
from mmrsicc.evaluation.change_mask_metric import pair_confusion
from mmrsicc.evaluation.scores.statistics import AdditiveScores, mean_intervals
from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.models.change_detectors.sliding_window import SlidingWindow

#: What answers both dates, (H, W, C) each, by a mask (H, W).
Answer = Callable[[np.ndarray, np.ndarray], np.ndarray]

#: Fewest images that an interval is given for: a bootstrap of a few says nothing.
FEWEST = 10
#: Side of the windows in which a trained detector looks at an image.
WINDOW = 256


def method_answer(method: ChangeMap) -> Answer:
    """The mask of a method that needs no labels, by its own threshold."""
    return lambda before, after: change_mask(method(before, after), method.threshold)


def detector_answer(detector: Any) -> Answer:
    """The mask of a :class:`~mmrsicc.apis.detecting.TrainedDetector`, by its threshold.

    Images that are larger than 256 pixels are looked at in windows of that size.
    """
    window = SlidingWindow(WINDOW, WINDOW)

    def probability(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        dates = (date[0].permute(1, 2, 0).numpy() for date in (before, after))
        return torch.from_numpy(detector.probability(*dates))[None, None]

    def answer(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        dates = (torch.from_numpy(date).permute(2, 0, 1)[None] for date in (before, after))
        return change_mask(window(probability, *dates)[0, 0].numpy(), detector.threshold)

    return answer


def score_answers(systems: Mapping[str, Sequence[Answer]], dataset: Any) -> dict[str, Any]:
    """Scores of what answers each pair of a data set by a mask.

    Args:
        systems: By name the answer, or those of several seeds.
        dataset: Of pairs with masks whose pipeline ends with ``PackChangeInputs``.

    Returns:
        By name ``runs`` (how many seeds) and ``scores`` in percent: ``F1``, ``IoU``, ``precision``
        and ``recall`` of the changed class over all pixels, each with ``mean`` and, from ten images
        on, ``low`` and ``high`` of the 95 % interval over images and seeds. What has no value, such
        as the precision of no pixel, is left out.

    Raises:
        ValueError: A pair has no mask.
    """
    counts: dict[str, list[list[tuple[int, int, int]]]]
    counts = {name: [[] for _ in answers] for name, answers in systems.items()}
    for sample, before, after in images_with_masks(dataset):
        for name, answers in systems.items():
            for rows, answer in zip(counts[name], answers, strict=True):
                mask = torch.from_numpy(answer(before, after))
                found = pair_confusion(sample.pair_id, mask, sample.gt_mask)
                rows.append((found.true_positive, found.false_positive, found.false_negative))
    images = [sample["before_path"] for sample in map(dataset.get_data_info, range(len(dataset)))]
    return {
        name: {"runs": len(runs), "scores": _scores([_by_image(rows, images) for rows in runs])}
        for name, runs in counts.items()
    }


def _by_image(rows: Sequence[tuple[int, int, int]], images: Sequence[str]) -> np.ndarray:
    """Counts of each image, (images, 3), from those of its tiles: these are not independent."""
    names, row = np.unique(images, return_inverse=True)
    counts = np.zeros((len(names), 3))
    np.add.at(counts, row, np.array(rows, float))
    return counts


def answers_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table with a row per data set and answer, in percent, with intervals.

    Args:
        results: Of each data set its name, ``data``, how many ``pairs`` it has, and
            :func:`score_answers`, ``answers``.
    """
    names = ("F1", "IoU", "precision", "recall")
    lines = [["data", "images", "answer", "seeds", *names]]
    for result in results:
        place = [result["data"], str(result["pairs"])]
        for name, found in result["answers"].items():
            cells = [_cell(found["scores"].get(key), key in ("F1", "IoU")) for key in names]
            lines.append([*place, name, str(found["runs"]), *cells])
            place = ["", ""]
    return markdown(lines)


def _scores(runs: Sequence[np.ndarray]) -> dict[str, dict[str, float]]:
    """Scores of one system from pixel counts (pairs, 3) of each seed."""
    systems = [AdditiveScores(counts, _percentages) for counts in runs]
    if len(runs[0]) >= FEWEST:
        return {name: asdict(found) for name, found in mean_intervals(systems).items()}
    each = [system.scores() for system in systems]
    known = [name for name in each[0] if all(name in scores for scores in each)]
    return {name: {"mean": fmean(scores[name] for scores in each)} for name in known}


def _percentages(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of true and false positives and false negatives (..., 3); nan without any."""
    hits, false, missed = (sums[..., i] for i in range(3))
    with np.errstate(invalid="ignore"):
        return {
            "F1": 200 * hits / (2 * hits + false + missed),
            "IoU": 100 * hits / (hits + false + missed),
            "precision": 100 * hits / (hits + false),
            "recall": 100 * hits / (hits + missed),
        }


def _cell(score: Mapping[str, float] | None, interval: bool) -> str:
    if score is None:
        return "-"
    ends = f" [{score['low']:.2f}, {score['high']:.2f}]" if interval and "low" in score else ""
    return f"{score['mean']:.2f}{ends}"
