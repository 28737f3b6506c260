"""Scores of unchanged pairs: the change flag, and stock sentences that all mean the same.

Where nothing changed, every reference is one of a few stock sentences. Which of them a system says
is no merit, but moves the scores over all pairs by many points.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.evaluation.files.records import PredictedCaption

#: Sentence with which :func:`canonical` replaces a predicted no-change sentence.
CANONICAL_SENTENCE = "the scene is the same as before"

#: Order of the counts of :func:`flag_counts`; a change is positive.
FLAG_COUNTS = ("flag_TP", "flag_FP", "flag_FN", "flag_TN")


def flag_counts(record: PredictedCaption) -> np.ndarray:
    """One pair's :data:`FLAG_COUNTS`: 1 at what its sentence is, 0 elsewhere.

    An empty sentence is never right.
    """
    true = record.flag == 1
    said = not is_no_change(record.caption) if record.caption.strip() else not true
    return np.array([said and true, said and not true, true and not said, not (said or true)], int)


def flag_scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, precision and recall of the change flag in percent, and the counts themselves.

    A ratio without denominator is nan, such as the recall of a set in which nothing changed.

    Args:
        counts: Sums of :func:`flag_counts`, (..., 4).
    """
    positive, false_alarm, missed, negative = (counts[..., i] for i in range(4))
    with np.errstate(invalid="ignore"):
        return {
            "flag_accuracy": 100 * (positive + negative) / counts.sum(axis=-1),
            "flag_precision": 100 * positive / (positive + false_alarm),
            "flag_recall": 100 * positive / (positive + missed),
            **{name: counts[..., i] for i, name in enumerate(FLAG_COUNTS)},
        }


def canonical(records: Sequence[PredictedCaption]) -> list[PredictedCaption]:
    """The records with one fixed sentence for every "no change".

    A predicted no-change sentence becomes :data:`CANONICAL_SENTENCE`; where that is not among the
    pair's references, their first no-change sentence, if there is any. So it does not matter any
    more which of the stock sentences a system says.

    References stay as they are. Were they made equal too, CIDEr-D would give each unchanged pair
    the full 1000 percent, and be a flag accuracy in disguise.
    """

    def words(record: PredictedCaption) -> str:
        stock = [text for text in record.references if is_no_change(text)]
        return stock[0] if stock and CANONICAL_SENTENCE not in stock else CANONICAL_SENTENCE

    return [replace(r, caption=words(r)) if is_no_change(r.caption) else r for r in records]


def no_change_swing(
    records: Sequence[PredictedCaption],
    score: Callable[[Sequence[PredictedCaption]], dict[str, float]],
) -> dict[str, float]:
    """Best minus worst score if the system always said the same one of the no-change sentences.

    Each no-change sentence that stands among the references takes, in turn, the place of every
    no-change sentence that was predicted. Nothing else changes: all these systems mean the same.

    Args:
        records: A system's sentences.
        score: Scores over all pairs by name.

    Returns:
        The swing of each score, in its units; nothing if the references hold no such sentence.
    """
    stock = sorted({text for r in records for text in r.references if is_no_change(text)})
    tried = [
        score([replace(r, caption=text) if is_no_change(r.caption) else r for r in records])
        for text in stock
    ]
    return {
        name: max(scores[name] for scores in tried) - min(scores[name] for scores in tried)
        for name in (tried[0] if tried else ())
    }
