"""The summary of a comparison in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmrsicc.study.scores import COLUMNS, markdown
from mmrsicc.study.summary import DIFFERENCES, differences_table


def method_tables(summary: Mapping[str, Any]) -> str:
    """Tables of scores and differences for each split, of costs and of what is not shared.

    Args:
        summary: ``splits`` as :func:`~mmrsicc.study.method_scores.summarise_methods` returns;
            ``tuning`` as :meth:`~mmrsicc.study.tuning.Tuning.found` returns, or None; ``unshared``
            as :func:`~mmrsicc.study.fairness.unshared` returns; ``costs`` as
            :func:`~mmrsicc.study.costs.measure_costs` returns, or None.
    """
    parts = []
    for split, scores in summary["splits"].items():
        parts += [
            f"Split `{split}`, means over seeds with 95 % intervals (seeds and pairs):",
            _scores_table(scores, summary["tuning"]),
            "\n".join(f"- {name}: {b['description']}" for name, b in scores["baselines"].items()),
            _untrained(scores),
            _warnings(scores["methods"]),
        ]
        if scores["differences"]:
            parts += [f"Split `{split}`, {DIFFERENCES}:", differences_table(scores["differences"])]
    if summary["tuning"]:
        parts += ["Learning rates tried with one seed:", _tuning_table(summary["tuning"])]
    if summary["costs"]:
        parts += [_costs_title(summary["costs"]), costs_table(summary["costs"]["methods"])]
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


def _untrained(scores: Mapping[str, Any]) -> str:
    """Which methods do not see that anything changed, and how many sentences they say."""
    constant = scores["baselines"].get("constant")
    if constant is None:
        return ""
    blind = constant["intervals"]["flag_accuracy"]["mean"]
    named = [
        f"{name} ({' / '.join(str(run['distinct']) for run in method['runs'])})"
        for name, method in scores["methods"].items()
        if method["intervals"]["flag_accuracy"]["low"] <= blind
    ]
    if not named:
        return ""
    return (
        "**No better than the constant sentence at telling changed from unchanged pairs**, so not "
        f"trained enough to be ranked (different sentences said, by seed): {', '.join(named)}."
    )


def _warnings(methods: Mapping[str, Any]) -> str:
    """What the records of the tests warn of, by warning."""
    found: dict[str, list[str]] = {}
    for name, method in methods.items():
        for warning in dict.fromkeys(w for run in method["runs"] for w in run["warnings"]):
            found.setdefault(warning, []).append(name)
    return "\n".join(f"- Warning ({', '.join(names)}): {w}" for w, names in found.items())


def _tuning_table(tuning: Mapping[str, Any]) -> str:
    """S*m on the validation split by method and rate; the chosen one is in bold."""
    split = next(iter(tuning.values()))["split"]
    rates = next(iter(tuning.values()))["tried"]
    lines = [["method", *(f"S\\*m on `{split}` at {rate}" for rate in rates)]]
    for method, found in tuning.items():
        cells = []
        for rate, entry in found["tried"].items():
            chosen = rate == f"{found['chosen']:g}"
            cells.append(f"**{entry['Sm']:.2f}**" if chosen else f"{entry['Sm']:.2f}")
        lines.append([method, *cells])
    return markdown(lines)


def _unshared(key: str, groups: Sequence[Sequence[str]]) -> str:
    """A line of the list; the largest group goes without names."""
    *few, most = sorted(groups, key=len)
    named = "; ".join(", ".join(group) for group in few)
    return f"- `{key}`: {named}; {', '.join(most) if len(most) == 1 else 'all others'}"


def _costs_title(costs: Mapping[str, Any]) -> str:
    machine = costs["machine"]
    sizes = {(c["height"], c["width"], c["length"]) for c in costs["methods"].values()}
    size = " and ".join(f"{h} x {w} pixels, {n} words" for h, w, n in sorted(sizes))
    return (
        f"Costs: {size} a sentence; medians of {costs['rounds']} rounds on {machine['device']} "
        f"with {machine['threads']} threads (load before the start {machine['load_before']:.1f}). "
        "One multiplication with its addition is 2 FLOPs, decoding is greedy, auxiliary losses are "
        "left out of parameters and FLOPs; memory is the peak above the bare process:"
    )


def costs_table(methods: Mapping[str, Any]) -> str:
    """A Markdown table of costs by method."""
    titles = ["method", "parameters (M)", "trainable (M)", "GFLOPs per pair"]
    titles += ["training, pairs/s", "captioning, pairs/s", "training, MiB", "captioning, MiB"]
    lines = [titles]
    for name, cost in methods.items():
        parameters = [
            f"{sum(part[kind] for part in cost['parameters'].values()) / 1e6:.2f}"
            for kind in ("total", "trainable")
        ]
        timed = [f"{cost[part]['pairs_per_second']:.1f}" for part in ("train", "caption")]
        memory = [f"{cost[part]['peak_mib']:.0f}" for part in ("train", "caption")]
        flops = f"{sum(cost['flops'].values()) / 1e9:.2f}"
        lines.append([name, *parameters, flops, *timed, *memory])
    return markdown(lines)
