"""Scores of a study's runs, and how sure the differences between its arms are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.change_scores import additive_scores
from mmrsicc.evaluation.result_files import read_captions, read_run_record
from mmrsicc.evaluation.statistics import AdditiveScores, compare_systems
from mmrsicc.evaluation.tables import mean_scores
from mmrsicc.study.run import Run
from mmrsicc.study.study import Study
from mmrsicc.utils import atomic_path

#: Columns of the tables: score and title.
COLUMNS = {
    "Sm": "S\\*m",
    "change/Sm": "S\\*m, changed",
    "change/CIDEr-D": "CIDEr-D, changed",
    "flag_accuracy": "flag",
    "truth/change_true": "wholly true, changed",
}


def found_runs(study: Study, folder: Path) -> list[Run]:
    """All finished runs of a study's arms in its work dir.

    Raises:
        ValueError: If one of them is of another config.
    """
    found = [
        Run(study, arm, int(path.name.removeprefix("seed")), path)
        for arm in study.arms
        for path in sorted((folder / arm).glob("seed*"))
    ]
    for run in found:
        run.check()
    return [run for run in found if run.done]


def summarise(runs: Sequence[Run], resamples: int = 2000) -> dict[str, Any]:
    """Scores of runs, and the comparisons that the study asks for.

    Args:
        runs: Finished ones of one study.
        resamples: Of the bootstrap.

    Returns:
        ``scores[split][arm]``, a list of scores by name, one entry per seed; and
        ``comparisons[split]["ARM - REFERENCE"][score]``, the fields of a
        :class:`~mmrsicc.evaluation.statistics.Comparison` over the seeds that both have.
    """
    study = runs[0].study
    done: dict[str, dict[int, Run]] = {}
    for run in runs:
        done.setdefault(run.arm, {})[run.seed] = run
    scores = {
        split: {
            arm: [{"seed": seed, **_scores(run.results(split))} for seed, run in seeds.items()]
            for arm, seeds in done.items()
        }
        for split in study.splits
    }
    comparisons: dict[str, Any] = {split: {} for split in study.splits}
    for arm, reference in study.comparisons:
        seeds = sorted(done.get(arm, {}).keys() & done.get(reference, {}).keys())
        for split in study.splits if seeds else ():
            a, b = ([done[name][s].results(split) for s in seeds] for name in (arm, reference))
            comparisons[split][f"{arm} - {reference}"] = _differences(a, b, resamples)
    return {"scores": scores, "comparisons": comparisons}


def _differences(a: Sequence[Path], b: Sequence[Path], resamples: int) -> dict[str, Any]:
    """The columns' comparisons of two arms' results files."""
    found = compare_systems(
        [_additive(path) for path in a], [_additive(path) for path in b], resamples
    )
    return {
        name: {"difference": comparison.difference, **asdict(comparison)}
        for name, comparison in found.items()
        if name in COLUMNS
    }


@cache
def _additive(path: Path) -> AdditiveScores:
    return additive_scores(read_captions(path))


def _scores(path: Path) -> dict[str, float]:
    record = read_run_record(path)
    assert record is not None
    return record["scores"]


def tables(summary: Mapping[str, Any]) -> str:
    """The summary in Markdown: a table of scores and one of differences per split."""
    parts = []
    for split, arms in summary["scores"].items():
        parts += [f"Split `{split}`, mean and standard deviation over seeds:", _scores_table(arms)]
        if summary["comparisons"][split]:
            parts += [
                f"Split `{split}`, differences with 95 % intervals (seeds and pairs, not corrected "
                "for their number):",
                _differences_table(summary["comparisons"][split]),
            ]
    return "\n\n".join(parts) + "\n"


def _scores_table(arms: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    columns = [c for c in COLUMNS if all(c in run for runs in arms.values() for run in runs)]
    lines = [["arm", "seeds", *(COLUMNS[c] for c in columns)], ["---"] * (len(columns) + 2)]
    for arm, runs in arms.items():
        if len(runs) > 1:
            means = mean_scores(runs)
            cells = ["{:.2f} ± {:.2f}".format(*means[c]) for c in columns]
        else:
            cells = [f"{runs[0][c]:.2f}" for c in columns]
        lines.append([arm, str(len(runs)), *cells])
    return _markdown(lines)


def _differences_table(comparisons: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    columns = [c for c in COLUMNS if c in next(iter(comparisons.values()))]
    lines = [["difference", "seeds", *(COLUMNS[c] for c in columns)], ["---"] * (len(columns) + 2)]
    for name, by_score in comparisons.items():
        cells = [
            "{difference:+.2f} [{low:+.2f}, {high:+.2f}]".format(**by_score[c]) for c in columns
        ]
        lines.append([name, str(len(by_score[columns[0]]["a"])), *cells])
    return _markdown(lines)


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_summary(summary: Mapping[str, Any], folder: Path) -> None:
    """Writes summary.json and summary.md."""
    with atomic_path(folder / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with atomic_path(folder / "summary.md") as path:
        path.write_text(tables(summary), encoding="utf-8")
