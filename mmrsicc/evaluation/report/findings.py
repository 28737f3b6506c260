"""Findings of a report: scores of a run, of each pair, and which pairs to look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from mmrsicc.evaluation.content import additive_content_scores
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.caption_scores import SCORERS
from mmrsicc.evaluation.scores.change_scores import additive_scores, change_caption_scores
from mmrsicc.evaluation.scores.changed import is_changed
from mmrsicc.evaluation.scores.protocols import Protocol
from mmrsicc.evaluation.scores.statistics import AdditiveScores, confidence_intervals
from mmrsicc.evaluation.truth.synth_truth import additive_truth_scores, is_unreadable
from mmrsicc.synthcc.scene import Event

_ENDLESS = 10**6

#: Ranges of caption lengths, in words, one per row.
LENGTHS = ((0, 5), (6, 8), (9, 11), (12, 14), (15, 19), (20, _ENDLESS))

#: Scores of a single sentence whose mean decides which pairs are best and worst.
PER_SENTENCE = ("METEOR", "ROUGE-L", "CIDEr-D")

Interval = tuple[float, float]


@dataclass(frozen=True)
class Findings:
    """Everything that is computed for a report.

    Attributes:
        records: Sorted by pair id.
        scores: By name, in percent; those of content and truth with their metrics' prefixes.
        intervals: 95 % confidence intervals of those that have one.
        worth: A changed pair's mean of :data:`PER_SENTENCE`, by pair id.
        by_length: Scores of the changed pairs by length of the predicted caption: name of the
            group, number of pairs, scores.
        by_references: The same by number of references.
    """

    records: list[PredictedCaption]
    scores: dict[str, float]
    intervals: dict[str, Interval]
    worth: dict[str, float]
    by_length: list[tuple[str, int, dict[str, float]]]
    by_references: list[tuple[str, int, dict[str, float]]]


def find(
    records: Sequence[PredictedCaption],
    scorers: Sequence[str] = SCORERS,
    protocol: Protocol = list,
    events: Mapping[str, Sequence[Event]] | None = None,
    resamples: int = 1000,
) -> Findings:
    """Score a run.

    Args:
        records: Predicted sentences.
        scorers: See :func:`~mmrsicc.evaluation.scores.caption_scores.caption_scores`.
        protocol: From :func:`~mmrsicc.evaluation.scores.protocols.build_protocol`.
        events: What happened by pair id, where that is known.
        resamples: Of the bootstrap.
    """
    records = sorted_pairs(records)
    runs = {"": additive_scores(records, scorers, protocol)}
    runs["content/"] = additive_content_scores(records)
    if events is not None:
        runs["truth/"] = additive_truth_scores(records, events)
    scores = change_caption_scores(records, scorers, protocol)
    if events is not None:
        scores["truth/unreadable"] = sum(is_unreadable(record.caption) for record in records)
    intervals: dict[str, Interval] = {}
    for prefix, run in runs.items():
        # Those of `change_caption_scores` stay: their BLEU is pycocoevalcap's to the last digit.
        scores = {prefix + name: value for name, value in run.scores().items()} | scores
        found = confidence_intervals(run, resamples)
        intervals |= {prefix + name: ends for name, ends in found.items()}
    changed = [i for i, record in enumerate(records) if is_changed(record)]
    return Findings(
        records,
        scores,
        intervals,
        _worth(runs[""], records, changed),
        _grouped(runs[""], records, changed, LENGTHS, lambda r: len(r.caption.split())),
        _grouped(
            runs[""],
            records,
            changed,
            [(n, n) for n in sorted({len(records[i].references) for i in changed})],
            lambda r: len(r.references),
        ),
    )


def chosen_pairs(findings: Findings, number: int, seed: int = 0) -> dict[str, list[str]]:
    """Ids of the best and worst changed pairs, and of random ones of all pairs.

    Args:
        findings: Of the run.
        number: Of each.
        seed: Of the random choice.
    """
    ranked = sorted(findings.worth, key=lambda pair_id: (-findings.worth[pair_id], pair_id))
    everything = [record.pair_id for record in findings.records]
    half = min(number, (len(ranked) + 1) // 2)
    return {
        "best": ranked[:half],
        "worst": ranked[half:][-number:][::-1],
        "random": Random(seed).sample(everything, min(number, len(everything))),
    }


def _prefix(run: AdditiveScores) -> str:
    """Prefix of the scores over changed pairs; without flags there are those over all alone."""
    return "change/" if any(name.startswith("change/") for name in run.scores()) else ""


def _worth(
    run: AdditiveScores, records: Sequence[PredictedCaption], changed: Sequence[int]
) -> dict[str, float]:
    prefix = _prefix(run)
    each = run.function(run.statistics)
    parts = [each[prefix + name] for name in PER_SENTENCE if prefix + name in each]
    if not parts:
        parts = [each[prefix + "BLEU-1"]]
    means = np.mean(parts, axis=0)
    return {records[i].pair_id: float(means[i]) for i in changed}


def _grouped(
    run: AdditiveScores,
    records: Sequence[PredictedCaption],
    changed: Sequence[int],
    bounds: Sequence[tuple[int, int]],
    measure: Callable[[PredictedCaption], int],
) -> list[tuple[str, int, dict[str, float]]]:
    prefix = _prefix(run)
    groups = []
    for low, high in bounds:
        rows = [i for i in changed if low <= measure(records[i]) <= high]
        if rows:
            scores = run.function(run.statistics[rows].sum(axis=0))
            own = {
                key.removeprefix(prefix): float(value)
                for key, value in scores.items()
                if key.startswith(prefix) and not np.isnan(value)
            }
            groups.append((_range(low, high), len(rows), own))
    return groups


def _range(low: int, high: int) -> str:
    if low == high:
        return str(low)
    return f"{low} or more" if high == _ENDLESS else f"{low} to {high}"
