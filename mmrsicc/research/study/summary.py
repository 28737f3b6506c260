"""Summaries of a study's and a comparison's runs: scores, intervals, differences, baselines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine import Config

from mmrsicc.evaluation.baselines.trivial import Baseline, trivial_baselines
from mmrsicc.evaluation.files.command_line import check_same_pairs
from mmrsicc.evaluation.files.result_files import read_captions, write_captions
from mmrsicc.evaluation.scores.statistics import AdditiveScores
from mmrsicc.registry import DATASETS
from mmrsicc.research.study.comparison import BASELINES
from mmrsicc.research.study.run import Run
from mmrsicc.research.study.scores import (
    additive,
    additive_of,
    differences,
    intervals,
    run_record,
    sees_change,
)
from mmrsicc.utils import atomic_path

#: Scores of one split by arm and seed.
Systems = Mapping[str, Mapping[int, AdditiveScores]]


def summarise(runs: Sequence[Run], resamples: int = 2000) -> dict[str, Any]:
    """Scores of runs, and the differences that their study asks for.

    Args:
        runs: Finished ones of one study, at least one.
        resamples: Of the bootstrap.

    Returns:
        ``scores[split][arm]``, a list of scores by name, one entry per seed; and
        ``comparisons[split]["ARM - REFERENCE"][score]``, the fields of a
        :class:`~mmrsicc.evaluation.scores.statistics.Comparison` over the seeds that both have.
    """
    study = runs[0].study
    scores: dict[str, Any] = {split: {} for split in study.splits}
    for split, arms in scores.items():
        for run in runs:
            record = run_record(run.results(split))
            arms.setdefault(run.arm, []).append({"seed": run.seed, **record["scores"]})
    comparisons = {
        split: _differences(_systems(runs, split), study.comparisons, resamples)
        for split in study.splits
    }
    return {"scores": scores, "comparisons": comparisons}


def summarise_methods(runs: Sequence[Run], folder: Path, resamples: int = 2000) -> dict[str, Any]:
    """Scores of methods, their differences to a reference, and the baselines of the same data.

    Args:
        runs: Finished ones of one comparison, at least one.
        folder: The baselines' captions go to ``baselines/SPLIT``.
        resamples: Of the bootstrap.

    Returns:
        By split: ``methods``, by name the ``intervals`` of
        :func:`~mmrsicc.research.study.scores.intervals` and ``runs``, each with seed, results
        file, all scores, whether it sees change and how many sentences it says; ``baselines``,
        the same with a ``description``; ``differences``, by
        "METHOD - REFERENCE" those of :func:`~mmrsicc.research.study.scores.differences`.

    Raises:
        ValueError: If two runs were not tested on the same pairs.
    """
    study = runs[0].study
    reference = study.comparisons[0][1]
    summary: dict[str, Any] = {}
    for split in study.splits:
        results = [run.results(split) for run in runs]
        _check_same_pairs(results)
        systems = _systems(runs, split)
        methods = {
            method: {
                "intervals": intervals(list(seeds.values()), resamples),
                "runs": [_run(run, split) for run in runs if run.arm == method],
            }
            for method, seeds in systems.items()
        }
        asked = _differences(systems, study.comparisons, resamples)
        baselines = {}
        for baseline in _baselines(runs[0].config(), split):
            path = folder / "baselines" / split / f"{baseline.name}.jsonl"
            write_captions(baseline.records, path)
            _check_same_pairs([results[0], path])
            row = [additive(baseline.records, run_record(results[0]))]
            baselines[baseline.name] = {
                "description": baseline.description,
                "intervals": intervals(row, resamples),
                "results": str(path),
            }
            if reference in systems:
                others = list(systems[reference].values())
                asked[f"{baseline.name} - {reference}"] = differences(row, others, resamples)
        summary[split] = {"methods": methods, "baselines": baselines, "differences": asked}
    return summary


def _systems(runs: Sequence[Run], split: str) -> Systems:
    found: dict[str, dict[int, AdditiveScores]] = {}
    for run in runs:
        found.setdefault(run.arm, {})[run.seed] = additive_of(run.results(split))
    return found


def _differences(
    systems: Systems, pairs: Sequence[tuple[str, str]], resamples: int
) -> dict[str, Any]:
    """Differences of the pairs of arms that have seeds in common, over those."""
    found = {}
    for pair in pairs:
        a, b = (systems.get(arm, {}) for arm in pair)
        if seeds := sorted(a.keys() & b.keys()):
            sides = [[side[seed] for seed in seeds] for side in (a, b)]
            found[" - ".join(pair)] = differences(sides[0], sides[1], resamples)
    return found


def _run(run: Run, split: str) -> dict[str, Any]:
    results = run.results(split)
    record = run_record(results)
    return {
        "seed": run.seed,
        "results": str(results),
        "scores": record["scores"],
        "sees_change": sees_change(results),
        "distinct": len({r.caption for r in read_captions(results)}),
        "warnings": record.get("warnings", []),
    }


def _check_same_pairs(results: Sequence[Path]) -> None:
    first = read_captions(results[0])
    for path in results[1:]:
        try:
            check_same_pairs(first, read_captions(path))
        except ValueError as error:
            raise ValueError(f"{results[0]} and {path}: {error}") from error


def _baselines(cfg: Config, split: str) -> list[Baseline]:
    """Baselines of a config's data."""
    cfg.test_dataloader.dataset.split = split
    train, test = (_pairs(cfg[f"{part}_dataloader"].dataset) for part in ("train", "test"))
    return [b for b in trivial_baselines(train, test) if b.name in BASELINES and b.records]


def _pairs(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs of a data set, each once, without images, which these baselines do not look at."""
    built = DATASETS.build({**dataset, "pipeline": [], "test_mode": True})
    keys = ("pair_id", "captions", "change_flag")
    return [
        {key: info[key] for key in keys} for info in map(built.get_data_info, range(len(built)))
    ]


def write_summary(folder: Path, summary: Mapping[str, Any], text: str) -> None:
    """Writes summary.json and summary.md."""
    with atomic_path(folder / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with atomic_path(folder / "summary.md") as path:
        path.write_text(text, encoding="utf-8")
