"""Summaries of studies and comparisons as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmrsicc.evaluation.scores.tables import mean_scores
from mmrsicc.research.costs.tables import costs_table, costs_title
from mmrsicc.research.study.scores import COLUMNS, markdown

#: Title of a table of differences.
DIFFERENCES = "differences with 95 % intervals (seeds and pairs, not corrected for their number)"

_TUNING = (
    "Learning rates tried with one seed; the best S\\*m counts, first of rates at which a method "
    "tells changed from unchanged pairs better than one answer for all:"
)


def tables(summary: Mapping[str, Any]) -> str:
    """Tables of a study's summary: a table of scores and one of differences per split."""
    parts = []
    for split, arms in summary["scores"].items():
        parts += [f"Split `{split}`, mean and standard deviation over seeds:", _seeds_table(arms)]
        if summary["comparisons"][split]:
            parts += [
                f"Split `{split}`, {DIFFERENCES}:",
                differences_table(summary["comparisons"][split]),
            ]
    return "\n\n".join(parts) + "\n"


def _seeds_table(arms: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
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


def method_tables(summary: Mapping[str, Any]) -> str:
    """Tables of scores and differences for each split, of costs and of what is not shared.

    Args:
        summary: ``splits`` as
            :func:`~mmrsicc.research.study.summary.summarise_methods` returns; ``tuning`` as
            :func:`~mmrsicc.research.study.comparison.tried_rates` returns, or None; ``unshared`` as
            :func:`~mmrsicc.research.study.fairness.unshared` returns; ``costs`` as
            :func:`~mmrsicc.research.costs.costs.measure_costs` returns, or None.
    """
    parts = []
    for split, scores in summary["splits"].items():
        parts += [
            f"Split `{split}`, means over seeds with 95 % intervals (seeds and pairs):",
            _scores_table(scores, summary["tuning"]),
            "\n".join(f"- {name}: {b['description']}" for name, b in scores["baselines"].items()),
            _untrained(scores["methods"]),
            _few_seeds(scores["methods"]),
            _warnings(scores["methods"]),
        ]
        if scores["differences"]:
            parts += [f"Split `{split}`, {DIFFERENCES}:", differences_table(scores["differences"])]
    if summary["tuning"]:
        parts += [_TUNING, _tuning_table(summary["tuning"]), _edges(summary["tuning"])]
    if summary["costs"]:
        parts += [costs_title(summary["costs"]), costs_table(summary["costs"]["methods"])]
    if summary["unshared"]:
        parts.append("What the methods do not share (alike between semicolons):")
        parts.append("\n".join(_unshared(k, g) for k, g in summary["unshared"].items()))
    return "\n\n".join(part for part in parts if part) + "\n"


def _scores_table(scores: Mapping[str, Any], tuning: Mapping[str, Any] | None) -> str:
    systems = {**scores["methods"], **scores["baselines"]}
    columns = [c for c in COLUMNS if all(c in s["intervals"] for s in systems.values())]
    lines = [["method", "learning rate", "seeds", *(COLUMNS[c] for c in columns)]]
    if not tuning:
        lines[0].remove("learning rate")
    for name, system in systems.items():
        cells = [
            "{mean:.2f} [{low:.2f}, {high:.2f}]".format(**system["intervals"][c]) for c in columns
        ]
        seeds = str(len(system["runs"])) if "runs" in system else ""
        rate = f"{tuning[name]['chosen']:g}" if tuning and name in tuning else ""
        lines.append([name, *([rate] if tuning else []), seeds, *cells])
    return markdown(lines)


def _untrained(methods: Mapping[str, Any]) -> str:
    """Note on runs that see no change, and how many sentences they say."""
    blind = {
        name: ", ".join(
            f"seed {run['seed']}: {run['distinct']}"
            for run in method["runs"]
            if not run["sees_change"]
        )
        for name, method in methods.items()
    }
    named = "; ".join(f"{name} ({runs})" for name, runs in blind.items() if runs)
    if not named:
        return ""
    return (
        "**No better than one answer for all pairs at telling changed from unchanged ones**, so "
        f"not trained enough to be ranked (different sentences said, by seed): {named}."
    )


def _few_seeds(methods: Mapping[str, Any]) -> str:
    """Note on methods of one seed, whose intervals hold less than the others'."""
    named = [name for name, method in methods.items() if len(method["runs"]) == 1]
    if not named:
        return ""
    return (
        f"One seed only: {', '.join(named)}. These intervals and differences hold the chance of "
        "pairs, not of seeds, and are too narrow to stand beside the others."
    )


def _warnings(methods: Mapping[str, Any]) -> str:
    """Warnings of the tests' records, by warning."""
    found: dict[str, list[str]] = {}
    for name, method in methods.items():
        for warning in dict.fromkeys(w for run in method["runs"] for w in run["warnings"]):
            found.setdefault(warning, []).append(name)
    return "\n".join(f"- Warning ({', '.join(names)}): {w}" for w, names in found.items())


def _tuning_table(tuning: Mapping[str, Any]) -> str:
    """S*m and flag on the validation split by method and rate; the chosen one is in bold."""
    split = next(iter(tuning.values()))["split"]
    rates = next(iter(tuning.values()))["tried"]
    lines = [["method", *(f"S\\*m (flag) on `{split}` at {rate}" for rate in rates)]]
    for method, found in tuning.items():
        cells = []
        for rate, entry in found["tried"].items():
            score = f"{entry['Sm']:.2f}"
            if entry["flag_accuracy"] is not None:
                score += f" ({entry['flag_accuracy']:.1f})"
            cells.append(f"**{score}**" if rate == f"{found['chosen']:g}" else score)
        lines.append([method, *cells])
    return markdown(lines)


def _edges(tuning: Mapping[str, Any]) -> str:
    """Note on methods whose rate lies at the edge of those tried."""
    lines = []
    for edge, place in (("lowest", 0), ("highest", -1)):
        methods = [m for m, f in tuning.items() if list(f["tried"])[place] == f"{f['chosen']:g}"]
        if methods:
            lines.append(f"- At the {edge} rate, so one beyond may be better: {', '.join(methods)}")
    return "\n".join(lines)


def _unshared(key: str, groups: Sequence[Sequence[str]]) -> str:
    """A line of the list; the largest group goes without names."""
    *few, most = sorted(groups, key=len)
    named = "; ".join(", ".join(group) for group in few)
    return f"- `{key}`: {named}; {', '.join(most) if len(most) == 1 else 'all others'}"
