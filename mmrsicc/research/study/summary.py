"""Scores of a study's runs, and how sure the differences between its arms are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.scores.tables import mean_scores
from mmrsicc.research.study.run import Run
from mmrsicc.research.study.scores import COLUMNS, additive_of, differences, markdown, run_record
from mmrsicc.research.study.study import Study
from mmrsicc.utils import atomic_path


def found_runs(study: Study, folders: Mapping[str, Path]) -> list[Run]:
    """All finished runs of a study's arms.

    Args:
        study: What they are part of.
        folders: Where each arm's runs are, each in a folder ``seedS``.

    Raises:
        ValueError: If one of them is of another config.
    """
    found = [
        Run(study, arm, int(path.name.removeprefix("seed")), path)
        for arm in study.arms
        for path in sorted(folders[arm].glob("seed*"))
        if path.name.removeprefix("seed").isdecimal()
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
        :class:`~mmrsicc.evaluation.scores.statistics.Comparison` over the seeds that both have.
    """
    study, done = runs[0].study, runs_by_arm(runs)
    scores = {
        split: {
            arm: [
                {"seed": seed, **run_record(run.results(split))["scores"]}
                for seed, run in seeds.items()
            ]
            for arm, seeds in done.items()
        }
        for split in study.splits
    }
    comparisons: dict[str, Any] = {split: {} for split in study.splits}
    for arm, reference in study.comparisons:
        for split in study.splits:
            if a := common_runs(done, arm, reference, split):
                b = common_runs(done, reference, arm, split)
                comparisons[split][f"{arm} - {reference}"] = differences(a, b, resamples)
    return {"scores": scores, "comparisons": comparisons}


def runs_by_arm(runs: Sequence[Run]) -> dict[str, dict[int, Run]]:
    """Runs by arm and seed."""
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        found.setdefault(run.arm, {})[run.seed] = run
    return found


def common_runs(runs: Mapping[str, Mapping[int, Run]], arm: str, other: str, split: str) -> list:
    """An arm's scores of the seeds that another arm has, too."""
    seeds = sorted(runs.get(arm, {}).keys() & runs.get(other, {}).keys())
    return [additive_of(runs[arm][seed].results(split)) for seed in seeds]


def tables(summary: Mapping[str, Any]) -> str:
    """The summary in Markdown: a table of scores and one of differences per split."""
    parts = []
    for split, arms in summary["scores"].items():
        parts += [f"Split `{split}`, mean and standard deviation over seeds:", _scores_table(arms)]
        if summary["comparisons"][split]:
            parts += [
                f"Split `{split}`, {DIFFERENCES}:",
                differences_table(summary["comparisons"][split]),
            ]
    return "\n\n".join(parts) + "\n"


#: What a table of differences is called.
DIFFERENCES = "differences with 95 % intervals (seeds and pairs, not corrected for their number)"


def _scores_table(arms: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    columns = [c for c in COLUMNS if all(c in run for runs in arms.values() for run in runs)]
    lines = [["arm", "seeds", *(COLUMNS[c] for c in columns)]]
    for arm, runs in arms.items():
        if len(runs) > 1:
            means = mean_scores(runs)
            cells = ["{:.2f} ± {:.2f}".format(*means[c]) for c in columns]
        else:
            cells = [f"{runs[0][c]:.2f}" for c in columns]
        lines.append([arm, str(len(runs)), *cells])
    return markdown(lines)


def differences_table(comparisons: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """A Markdown table of ``scores.differences``, a row per name."""
    columns = [c for c in COLUMNS if all(c in scores for scores in comparisons.values())]
    lines = [["difference", "seeds", *(COLUMNS[c] for c in columns)]]
    for name, by_score in comparisons.items():
        cells = [
            "{difference:+.2f} [{low:+.2f}, {high:+.2f}]".format(**by_score[c]) for c in columns
        ]
        sides = by_score[columns[0]]
        lines.append([name, str(max(len(sides["a"]), len(sides["b"]))), *cells])
    return markdown(lines)


def write_summary(folder: Path, summary: Mapping[str, Any], text: str) -> None:
    """Writes summary.json and summary.md."""
    with atomic_path(folder / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with atomic_path(folder / "summary.md") as path:
        path.write_text(text, encoding="utf-8")
