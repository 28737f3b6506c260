"""Summaries of studies and comparisons as Markdown."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from mmrsicc.research.costs.tables import costs_table, costs_title
from mmrsicc.research.study.scores import COLUMNS, markdown

_TUNING = (
    "Learning rates tried with one seed; the best S\\*m counts, first of rates at which a method "
    "tells changed from unchanged pairs better than one answer for all:"
)


def tables(summary: Mapping[str, Any]) -> str:
    """Tables of a study's summary: a table of scores and one of differences per split."""
    parts = []
    for split, arms in summary["scores"].items():
        rows = [([arm, str(len(runs))], _by_score(runs)) for arm, runs in arms.items()]
        parts += [
            f"Split `{split}`, mean and standard deviation over seeds:",
            _score_table(["arm", "seeds"], rows, _mean_and_deviation),
            *_differences(split, summary["comparisons"][split]),
        ]
    return "\n\n".join(parts) + "\n"


def _score_table(
    titles: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Mapping[str, Any]]],
    cell: Callable[[Any], str],
) -> str:
    """A table with a column for each score that all rows have; a row is cells and scores."""
    columns = [c for c in COLUMNS if all(c in scores for _, scores in rows)]
    lines = [[*first, *(cell(scores[c]) for c in columns)] for first, scores in rows]
    return markdown([[*titles, *(COLUMNS[c] for c in columns)], *lines])


def _by_score(runs: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    return {c: [run[c] for run in runs] for c in COLUMNS if all(c in run for run in runs)}


def _mean_and_deviation(scores: Sequence[float]) -> str:
    deviation = f" ± {stdev(scores):.2f}" if len(scores) > 1 else ""
    return f"{fmean(scores):.2f}{deviation}"


def _differences(split: str, found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """Title and table of ``scores.differences``, a row per name; nothing without any."""
    if not found:
        return []
    rows = []
    for name, scores in found.items():
        sides = next(iter(scores.values()))
        rows.append(([name, str(max(len(sides["a"]), len(sides["b"])))], scores))
    cell = "{difference:+.2f} [{low:+.2f}, {high:+.2f}]".format_map
    return [
        f"Split `{split}`, differences with 95 % intervals (seeds and pairs, not corrected for "
        "their number):",
        _score_table(["difference", "seeds"], rows, cell),
    ]


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
        methods, baselines = scores["methods"], scores["baselines"]
        parts += [
            f"Split `{split}`, means over seeds with 95 % intervals (seeds and pairs):",
            _intervals_table(scores, summary["tuning"]),
            "\n".join(f"- {name}: {b['description']}" for name, b in baselines.items()),
            *_notes(methods),
            *_differences(split, scores["differences"]),
        ]
    if summary["tuning"]:
        parts += _tuning_tables(summary["tuning"])
    if summary["costs"]:
        parts += [costs_title(summary["costs"]), costs_table(summary["costs"]["methods"])]
    if summary["unshared"]:
        parts.append("What the methods do not share (alike between semicolons):")
        parts.append("\n".join(_unshared(k, g) for k, g in summary["unshared"].items()))
    return "\n\n".join(part for part in parts if part) + "\n"


def _intervals_table(scores: Mapping[str, Any], tuning: Mapping[str, Any] | None) -> str:
    rows = []
    for name, system in {**scores["methods"], **scores["baselines"]}.items():
        rate = f"{tuning[name]['chosen']:g}" if tuning and name in tuning else ""
        seeds = str(len(system["runs"])) if "runs" in system else ""
        rows.append(([name, *([rate] if tuning else []), seeds], system["intervals"]))
    titles = ["method", *(["learning rate"] if tuning else []), "seeds"]
    return _score_table(titles, rows, "{mean:.2f} [{low:.2f}, {high:.2f}]".format_map)


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
            "**No better than one answer for all pairs at telling changed from unchanged ones**, "
            "so not trained enough to be ranked (different sentences said, by seed): "
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
    any_method = next(iter(tuning.values()))
    titles = [f"S\\*m (flag) on `{any_method['split']}` at {rate}" for rate in any_method["tried"]]
    lines = [["method", *titles]]
    lowest, highest = [], []
    for method, found in tuning.items():
        chosen, rates = f"{found['chosen']:g}", list(found["tried"])
        cells = {}
        for rate, entry in found["tried"].items():
            flag = entry["flag_accuracy"]
            cells[rate] = f"{entry['Sm']:.2f}" + ("" if flag is None else f" ({flag:.1f})")
        cells[chosen] = f"**{cells[chosen]}**"
        lines.append([method, *cells.values()])
        lowest += [method] if chosen == rates[0] else []
        highest += [method] if chosen == rates[-1] else []
    edges = [
        f"- At the {edge} rate, so one beyond may be better: {', '.join(methods)}"
        for edge, methods in (("lowest", lowest), ("highest", highest))
        if methods
    ]
    return [_TUNING, markdown(lines), "\n".join(edges)]


def _unshared(key: str, groups: Sequence[Sequence[str]]) -> str:
    """A line of the list; the largest group goes without names."""
    *few, most = sorted(groups, key=len)
    named = "; ".join(", ".join(group) for group in few)
    return f"- `{key}`: {named}; {', '.join(most) if len(most) == 1 else 'all others'}"
