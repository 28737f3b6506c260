"""Scores of runs with intervals, from their results files."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.evaluation.files.command_line import protocol_of, scoring_of
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import read_captions, read_run_record
from mmrsicc.evaluation.scores.change_scores import additive_scores
from mmrsicc.evaluation.scores.statistics import AdditiveScores, compare_systems
from mmrsicc.evaluation.truth.synth_truth import additive_truth_scores, read_events

#: Columns of the tables: score and title.
COLUMNS = {
    "Sm": "S\\*m",
    "change/Sm": "S\\*m, changed",
    "change/CIDEr-D": "CIDEr-D, changed",
    "flag_accuracy": "flag",
    "truth/change_true": "wholly true, changed",
}


def run_record(results: Path) -> dict[str, Any]:
    """Record that the test wrote beside a results file.

    Raises:
        ValueError: If there is nothing, or the results are not as the test left them.
    """
    record = read_run_record(results)
    if record is None:
        raise ValueError(f"{results} has no *.meta.json beside it: remove it and test again")
    return record


def sees_change(results: Path) -> bool:
    """Whether a run tells changed from unchanged pairs better than one answer for all of them.

    That is right as often as the more frequent kind of pairs; better by more than chance is more
    than 1.96 standard errors of that share above it. Without pairs of both kinds nothing can be
    told, and nothing is held against a run.
    """
    flags = [record.flag for record in read_captions(results) if record.flag is not None]
    accuracy = run_record(results)["scores"].get("flag_accuracy")
    if accuracy is None or len(set(flags)) < 2:
        return True
    changed = 100.0 * sum(flags) / len(flags)
    blind = max(changed, 100.0 - changed)
    return accuracy > blind + 1.96 * (blind * (100.0 - blind) / len(flags)) ** 0.5


@cache
def additive_of(results: Path) -> AdditiveScores:
    """Scores of a results file as functions of sums over its pairs."""
    return additive(read_captions(results), run_record(results))


def additive(records: Sequence[PredictedCaption], record: Mapping[str, Any]) -> AdditiveScores:
    """Scores of captions as functions of sums over pairs.

    Args:
        records: Predicted sentences.
        record: Of a test of the same pairs: it says how to score, and where SynthCC's events are.
    """
    scoring = scoring_of(argparse.Namespace(), [record])
    scores = additive_scores(records, scoring["scorers"], protocol_of(scoring))
    folder = next((m["events"] for m in record["metrics"] if "SynthTruth" in str(m["type"])), None)
    if folder is None:
        return scores
    events = {r.pair_id: read_events(folder, r.pair_id) for r in records}
    return _joined(scores, additive_truth_scores(records, events), "truth/")


def _joined(one: AdditiveScores, other: AdditiveScores, prefix: str) -> AdditiveScores:
    """Both, the other's scores under a prefix; rows of both are the same pairs."""
    edge = one.statistics.shape[1]

    def function(sums: np.ndarray) -> dict[str, np.ndarray]:
        more = other.function(sums[..., edge:])
        return one.function(sums[..., :edge]) | {prefix + n: value for n, value in more.items()}

    return AdditiveScores(np.concatenate([one.statistics, other.statistics], axis=1), function)


def differences(
    a: Sequence[AdditiveScores], b: Sequence[AdditiveScores], resamples: int
) -> dict[str, dict[str, Any]]:
    """The columns' comparisons of two systems' runs, over seeds and pairs.

    Returns:
        By score, the fields of a :class:`~mmrsicc.evaluation.scores.statistics.Comparison` and its
        ``difference``.
    """
    return {
        name: {"difference": comparison.difference, **asdict(comparison)}
        for name, comparison in compare_systems(a, b, resamples).items()
        if name in COLUMNS
    }


def intervals(runs: Sequence[AdditiveScores], resamples: int) -> dict[str, dict[str, float]]:
    """Mean scores of one system's runs with 95 % intervals, over seeds and pairs.

    They are the differences to a system that scores 0 whatever it says.

    Returns:
        By column ``mean``, ``low`` and ``high``.
    """

    def zero(sums: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.zeros_like(value) for name, value in runs[0].function(sums).items()}

    found = differences(runs, [AdditiveScores(runs[0].statistics, zero)], resamples)
    return {
        name: {"mean": values["difference"], "low": values["low"], "high": values["high"]}
        for name, values in found.items()
    }


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first line holds the titles."""
    rows = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
