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
from mmrsicc.research.study.study import Study
from mmrsicc.utils import atomic_path


def summarise(runs: Sequence[Run], resamples: int = 2000) -> dict[str, Any]:
    """Scores of runs, and the comparisons that the study asks for.

    Args:
        runs: Finished ones of one study.
        resamples: Of the bootstrap.

    Returns:
        ``scores[split][arm]``, a list of scores by name, one entry per seed; and
        ``comparisons[split]["ARM - REFERENCE"][score]``, the fields of a
        :class:`~mmrsicc.evaluation.scores.statistics.Comparison` over the seeds that both have.
    """
    study, done = runs[0].study, runs_by_arm(runs)
    scores: dict[str, Any] = {split: {} for split in study.splits}
    for split in study.splits:
        for arm, seeds in done.items():
            records = [(seed, run_record(run.results(split))) for seed, run in seeds.items()]
            scores[split][arm] = [{"seed": s, **record["scores"]} for s, record in records]
    comparisons = {
        split: {
            name: differences(a, b, resamples)
            for name, (a, b) in _asked(study, done, split).items()
            if a and b
        }
        for split in study.splits
    }
    return {"scores": scores, "comparisons": comparisons}


def summarise_methods(
    study: Study, runs: Sequence[Run], reference: str, folder: Path, resamples: int = 2000
) -> dict[str, Any]:
    """Scores of methods, their differences to a reference, and the baselines of the same data.

    Args:
        study: The methods.
        runs: Finished ones of it, at least one.
        reference: Method that the others and the baselines are measured against.
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
    done = runs_by_arm(runs)
    summary: dict[str, Any] = {}
    for split in study.splits:
        results = [run.results(split) for run in runs]
        _check_same_pairs(results)
        systems = {
            method: [additive_of(run.results(split)) for run in seeds.values()]
            for method, seeds in done.items()
        }
        baselines = _baselines(study.config(runs[0].arm, 0), split, folder, results[0])
        asked = _asked(study, done, split)
        record = run_record(results[0])
        rows = {b.name: additive(b.records, record) for b in baselines}
        asked |= {
            f"{name} - {reference}": ([row], systems.get(reference, []))
            for name, row in rows.items()
        }
        summary[split] = {
            "methods": {
                method: {
                    "intervals": intervals(systems[method], resamples),
                    "runs": [_run(run, split) for run in seeds.values()],
                }
                for method, seeds in done.items()
            },
            "baselines": {
                b.name: {
                    "description": b.description,
                    "intervals": intervals([rows[b.name]], resamples),
                    "results": str(_baseline_file(folder, split, b.name)),
                }
                for b in baselines
            },
            "differences": {
                name: differences(a, b, resamples) for name, (a, b) in asked.items() if a and b
            },
        }
    return summary


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


def _baselines(cfg: Config, split: str, folder: Path, results: Path) -> list[Baseline]:
    """Baselines of a config's data, written beside the runs.

    Raises:
        ValueError: If the data set has other pairs than the runs were tested on.
    """
    cfg.test_dataloader.dataset.split = split
    train, test = (_pairs(cfg[f"{part}_dataloader"].dataset) for part in ("train", "test"))
    found = [b for b in trivial_baselines(train, test) if b.name in BASELINES and b.records]
    for baseline in found:
        path = _baseline_file(folder, split, baseline.name)
        write_captions(baseline.records, path)
        _check_same_pairs([results, path])
    return found


def _baseline_file(folder: Path, split: str, name: str) -> Path:
    return folder / "baselines" / split / f"{name}.jsonl"


def _pairs(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs of a data set, each once, without images, which these baselines do not look at."""
    built = DATASETS.build({**dataset, "pipeline": [], "test_mode": True})
    keys = ("pair_id", "captions", "change_flag")
    return [
        {key: info[key] for key in keys} for info in map(built.get_data_info, range(len(built)))
    ]


def runs_by_arm(runs: Sequence[Run]) -> dict[str, dict[int, Run]]:
    """Runs by arm and seed."""
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        found.setdefault(run.arm, {})[run.seed] = run
    return found


def _asked(
    study: Study, runs: Mapping[str, Mapping[int, Run]], split: str
) -> dict[str, tuple[list[AdditiveScores], list[AdditiveScores]]]:
    """Scores of both arms of each comparison that a study asks for, of the seeds that both have."""
    found = {}
    for arm, other in study.comparisons:
        seeds = sorted(runs.get(arm, {}).keys() & runs.get(other, {}).keys())
        a, b = ([additive_of(runs[x][s].results(split)) for s in seeds] for x in (arm, other))
        found[f"{arm} - {other}"] = (a, b)
    return found


def write_summary(folder: Path, summary: Mapping[str, Any], text: str) -> None:
    """Writes summary.json and summary.md."""
    with atomic_path(folder / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with atomic_path(folder / "summary.md") as path:
        path.write_text(text, encoding="utf-8")
