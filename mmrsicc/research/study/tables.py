"""Summaries of studies and comparisons as Markdown."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrsicc.evaluation.scores.tables import markdown
from mmrsicc.research.costs.tables import costs_table, costs_title
from mmrsicc.utils import atomic_path

#: Scores shown as columns, and their titles.
_COLUMNS = {
    "Sm": "S\\*m",
    "change/Sm": "S\\*m, changed",
    "change/CIDEr-D": "CIDEr-D, changed",
    "flag_accuracy": "flag",
    "content/objects_precision": "objects right",
    "content/directions_precision": "directions right",
    "truth/change_true": "wholly true, changed",
}

_TUNING = (
    "Learning rates tried with one seed; the best S\\*m counts, first of rates at which a method "
    "distinguishes changed from unchanged pairs better than one answer for all:"
)


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Writes summary.json and summary.md, and prints the tables."""
    text = tables(summary)
    with atomic_path(folder / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    with atomic_path(folder / "summary.md") as path:
        path.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {folder / 'summary.md'} and summary.json")


def tables(summary: Mapping[str, Any]) -> str:
    """Tables of scores and differences for each split, of costs and of what is not shared.

    Args:
        summary: ``splits`` of :func:`~mmrsicc.research.study.summary.summarise`. If there are any,
            ``tuning`` of :func:`~mmrsicc.research.study.tuning.tried_rates`, ``unshared`` of
            :func:`~mmrsicc.research.study.fairness.unshared` and ``costs`` of
            :func:`~mmrsicc.research.costs.costs.measure_costs`.
    """
    parts = []
    for split, scores in summary["splits"].items():
        systems = {**scores["methods"], **scores["baselines"]}
        means = {name: (len(s.get("runs", "")), s["intervals"]) for name, s in systems.items()}
        differences = {
            name: (_seeds(found), found) for name, found in scores["differences"].items()
        }
        parts += [
            f"Split `{split}`, means over seeds with 95 % intervals (seeds and pairs):",
            _score_table("method", means, "{mean:.2f} [{low:.2f}, {high:.2f}]"),
            "\n".join(f"- {name}: {b['description']}" for name, b in scores["baselines"].items()),
            *_notes(scores["methods"]),
        ]
        if differences:
            parts += [
                f"Split `{split}`, differences with 95 % intervals (seeds and pairs, not corrected "
                "for their number):",
                _score_table(
                    "difference", differences, "{difference:+.2f} [{low:+.2f}, {high:+.2f}]"
                ),
            ]
    if tuning := summary.get("tuning"):
        parts += _tuning_tables(tuning)
    if costs := summary.get("costs"):
        parts += [costs_title(costs), costs_table(costs["methods"])]
    if unshared := summary.get("unshared"):
        alike = {key: "; ".join(map(", ".join, groups)) for key, groups in unshared.items()}
        parts.append("What the methods do not share (alike between semicolons):")
        parts.append("\n".join(f"- `{key}`: {groups}" for key, groups in alike.items()))
    return "\n\n".join(part for part in parts if part) + "\n"


def _seeds(difference: Mapping[str, Mapping[str, Any]]) -> int:
    sides = next(iter(difference.values()))
    return max(len(sides["a"]), len(sides["b"]))


def _score_table(title: str, rows: Mapping[str, tuple[int, Mapping[str, Any]]], cell: str) -> str:
    """A table with a column for each score that some rows have; a row is seeds and scores."""
    columns = [c for c in _COLUMNS if any(c in scores for _, scores in rows.values())]
    lines = [[title, "seeds", *(_COLUMNS[c] for c in columns)]]
    for name, (seeds, scores) in rows.items():
        cells = [cell.format_map(scores[c]) if c in scores else "-" for c in columns]
        lines.append([name, str(seeds or ""), *cells])
    return markdown(lines)


def _notes(methods: Mapping[str, Any]) -> list[str]:
    """Notes on runs that see no change, on intervals of one seed, and the tests' warnings."""
    blind, lone, warned = [], [], defaultdict(list)
    for name, method in methods.items():
        runs = method["runs"]
        said = [f"seed {r['seed']}: {r['distinct']}" for r in runs if not r["sees_change"]]
        blind += [f"{name} ({', '.join(said)})"] if said else []
        lone += [name] if len(runs) == 1 else []
        for warning in dict.fromkeys(w for run in runs for w in run["warnings"]):
            warned[warning].append(name)
    notes = []
    if blind:
        notes.append(
            "**No better than one answer for all pairs at distinguishing changed from unchanged "
            "ones**, so not trained enough to be ranked (different sentences said, by seed): "
            f"{'; '.join(blind)}."
        )
    if lone:
        notes.append(
            f"One seed only: {', '.join(lone)}. These intervals and differences hold the chance of "
            "pairs, not of seeds, and are too narrow to stand beside the others."
        )
    warnings = [f"- Warning ({', '.join(names)}): {text}" for text, names in warned.items()]
    return [*notes, "\n".join(warnings)]


def _tuning_tables(tuning: Mapping[str, Any]) -> list[str]:
    """S*m and flag on the validation split by method and rate, the chosen one in bold."""
    first = next(iter(tuning.values()))
    rates = list(first["tried"])
    lines = [["method", *(f"S\\*m (flag) on `{first['split']}` at {rate}" for rate in rates)]]
    for method, found in tuning.items():
        cells = [method]
        for rate, entry in found["tried"].items():
            flag = entry["flag_accuracy"]
            cell = f"{entry['Sm']:.2f}" + ("" if flag is None else f" ({flag:.1f})")
            cells.append(f"**{cell}**" if rate == f"{found['chosen']:g}" else cell)
        lines.append(cells)
    edges = []
    for edge, rate in (("lowest", rates[0]), ("highest", rates[-1])):
        if methods := [m for m, found in tuning.items() if f"{found['chosen']:g}" == rate]:
            edges.append(f"- At the {edge} rate, so one beyond may be better: {', '.join(methods)}")
    return [_TUNING, markdown(lines), "\n".join(edges)]
