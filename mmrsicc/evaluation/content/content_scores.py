"""Scores of content: share of what a sentence names that annotators name, over changed pairs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mmrsicc.datasets.lexicon import CATEGORIES, named
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.changed import is_changed
from mmrsicc.evaluation.scores.statistics import AdditiveScores

#: Counts of each category: named by somebody too, named, what most name too, what most name.
_PER_CATEGORY = 4


def content_scores(records: Sequence[PredictedCaption]) -> dict[str, float]:
    """The results of :class:`~mmrsicc.evaluation.content.ContentMetric`, without its prefix."""
    return additive_content_scores(records).scores()


def additive_content_scores(records: Sequence[PredictedCaption]) -> AdditiveScores:
    """Content scores as functions of sums over the pairs, for intervals and comparisons.

    Args:
        records: Predicted sentences; the rows of the statistics are sorted by pair id.
    """
    rows = [
        _counts(record) if is_changed(record) else np.zeros(_PER_CATEGORY * len(CATEGORIES) + 2)
        for record in sorted_pairs(records)
    ]
    return AdditiveScores(np.stack(rows), _scores)


def _counts(record: PredictedCaption) -> np.ndarray:
    said = named(record.caption)
    told = [named(text) for text in record.references]
    row: list[int] = []
    for category in CATEGORIES:
        votes = Counter(concept for names in told for concept in names[category])
        most = {concept for concept, number in votes.items() if 2 * number >= len(told)}
        mine = said[category]
        row += [len(mine & votes.keys()), len(mine), len(mine & most), len(most)]
    invented = any(
        all(thing not in names["objects"] for names in told) for thing in said["objects"]
    )
    return np.array([*row, invented, 1], float)


def _scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Percentages; nan where nothing was named."""
    results = {}
    with np.errstate(invalid="ignore"):
        for place, category in enumerate(CATEGORIES):
            start = _PER_CATEGORY * place
            met, said, found, wanted = (sums[..., start + i] for i in range(_PER_CATEGORY))
            results[f"{category}_precision"] = 100 * met / said
            results[f"{category}_recall"] = 100 * found / wanted
        results["hallucinating_sentences"] = 100 * sums[..., -2] / sums[..., -1]
    return results
