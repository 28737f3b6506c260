"""Summaries of a study's runs: scores with intervals, differences, and baselines."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.baselines.trivial import dataset_pairs, trivial_baselines
from mmrsicc.evaluation.content import additive_content_scores
from mmrsicc.evaluation.files.command_line import check_same_pairs, protocol_of, scoring_of
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.files.result_files import read_captions, read_run_record, write_captions
from mmrsicc.evaluation.scores.change_scores import additive_scores
from mmrsicc.evaluation.scores.statistics import AdditiveScores, compare_systems, mean_intervals
from mmrsicc.evaluation.truth.synth_truth import additive_truth_scores, read_events
from mmrsicc.research.study.run import Run

#: Baselines that are listed beside the methods of a comparison.
BASELINES = ("constant", "perfect_flag")


def summarise(
    runs: Sequence[Run], resamples: int = 2000, baselines: Path | None = None
) -> dict[str, Any]:
    """Scores of runs, the differences that their study asks for, and baselines of the same data.

    Args:
        runs: Finished ones of one study, at least one.
        resamples: Of the bootstrap.
        baselines: Folder for the baselines' captions; None for no baselines.

    Returns:
        By split: ``methods``, by arm ``intervals`` (by score ``mean``, ``low`` and ``high``) and
        ``runs`` (see :func:`run_entry`); ``baselines``, by name ``intervals``, ``description`` and
        ``results``; ``differences``, by "ARM - REFERENCE" and score ``difference`` and the fields
        of a :class:`~mmrsicc.evaluation.scores.statistics.Comparison`, over the seeds of both.

    Raises:
        ValueError: If two runs were not tested on the same pairs.
    """
    comparisons, summary = runs[0].study.comparisons, {}
    for split in runs[0].study.splits:
        scores = _scores(runs, split)
        methods = {
            arm: {
                "intervals": _intervals(list(seeds.values()), resamples),
                "runs": [run_entry(run, split) for run in runs if run.arm == arm],
            }
            for arm, seeds in scores.items()
        }
        rows, pairs = {}, list(comparisons)
        if baselines is not None:
            reference = comparisons[0][1]
            for name, (row, additive) in _baselines(runs[0], split, baselines / split).items():
                rows[name] = {**row, "intervals": _intervals([additive], resamples)}
                # Independent of the seed.
                scores[name] = dict.fromkeys(scores.get(reference, {}), additive)
                pairs.append((name, reference))
        differences = _differences(scores, pairs, resamples)
        summary[split] = {"methods": methods, "baselines": rows, "differences": differences}
    return summary


def run_entry(run: Run, split: str) -> dict[str, Any]:
    """A run in a summary.

    Returns:
        ``seed``, ``results`` (its file), all ``scores``, whether it ``sees_change``, how many
        ``distinct`` sentences it says, and ``warnings`` of the test.
    """
    captions, record = _read(run, split)
    return {
        "seed": run.seed,
        "results": str(run.results(split)),
        "scores": record["scores"],
        "sees_change": _sees_change(captions, record["scores"].get("flag_accuracy")),
        "distinct": len({caption.caption for caption in captions}),
        "warnings": record.get("warnings", []),
    }


def _read(run: Run, split: str) -> tuple[list[PredictedCaption], dict[str, Any]]:
    """Captions of a finished run, and the record of their test."""
    results = run.results(split)
    return read_captions(results), read_run_record(results) or {}


def _sees_change(captions: Sequence[PredictedCaption], accuracy: float | None) -> bool:
    """Whether the flags that the captions imply are better than one answer for all pairs.

    That is right as often as the more frequent kind of pairs; better by more than chance is more
    than 1.96 standard errors of that share above it. True without pairs of both kinds, which
    cannot show it.
    """
    flags = [caption.flag for caption in captions if caption.flag is not None]
    if accuracy is None or len(set(flags)) < 2:
        return True
    changed = 100.0 * sum(flags) / len(flags)
    blind = max(changed, 100.0 - changed)
    return accuracy > blind + 1.96 * (blind * (100.0 - blind) / len(flags)) ** 0.5


def _scores(runs: Sequence[Run], split: str) -> dict[str, dict[int, AdditiveScores]]:
    """Scores by arm and seed."""
    scores: dict[str, dict[int, AdditiveScores]] = {}
    first, _ = _read(runs[0], split)
    for run in runs:
        captions, record = _read(run, split)
        check_same_pairs(first, captions, f"{runs[0].results(split)} and {run.results(split)}")
        scores.setdefault(run.arm, {})[run.seed] = _additive(captions, record)
    return scores


def _additive(captions: Sequence[PredictedCaption], record: Mapping[str, Any]) -> AdditiveScores:
    """Scores as functions of sums over pairs, scored as in the record of a test of these pairs."""
    scoring = scoring_of(argparse.Namespace(), [record])
    scores = additive_scores(captions, scoring["scorers"], protocol_of(scoring))
    if any("Content" in str(metric["type"]) for metric in record["metrics"]):
        scores = scores.joined(additive_content_scores(captions), "content/")
    folder = next((m["events"] for m in record["metrics"] if "SynthTruth" in str(m["type"])), None)
    if folder is None:
        return scores
    truth = additive_truth_scores(captions, read_events(folder, captions))
    return scores.joined(truth, "truth/")


def _baselines(
    run: Run, split: str, folder: Path
) -> dict[str, tuple[dict[str, str], AdditiveScores]]:
    """Baselines of a run's data: their entries in a summary, and their scores."""
    captions, record = _read(run, split)
    cfg = run.config()
    cfg.test_dataloader.dataset.split = split
    train, test = (dataset_pairs(cfg[f"{part}_dataloader"].dataset) for part in ("train", "test"))
    found = {}
    for baseline in trivial_baselines(train, test, images=False):
        if baseline.name in BASELINES and baseline.records:
            path = folder / f"{baseline.name}.jsonl"
            write_captions(baseline.records, path)
            check_same_pairs(captions, baseline.records, f"{run.results(split)} and {path}")
            row = {"description": baseline.description, "results": str(path)}
            found[baseline.name] = row, _additive(baseline.records, record)
    return found


def _intervals(runs: Sequence[AdditiveScores], resamples: int) -> dict[str, dict[str, float]]:
    return {name: asdict(found) for name, found in mean_intervals(runs, resamples).items()}


def _differences(
    scores: Mapping[str, Mapping[int, AdditiveScores]],
    pairs: Sequence[tuple[str, str]],
    resamples: int,
) -> dict[str, Any]:
    """Differences of the pairs of arms that have seeds in common, over those."""
    differences = {}
    for arm, reference in pairs:
        a, b = scores.get(arm, {}), scores.get(reference, {})
        if seeds := sorted(a.keys() & b.keys()):
            found = compare_systems([a[s] for s in seeds], [b[s] for s in seeds], resamples)
            differences[f"{arm} - {reference}"] = {
                name: {"difference": c.difference, **asdict(c)} for name, c in found.items()
            }
    return differences
