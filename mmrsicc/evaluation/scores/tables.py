"""Scores as text."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from mmrsicc.evaluation.scores.statistics import Comparison

_COLUMNS = {
    "BLEU-1": "B1",
    "BLEU-2": "B2",
    "BLEU-3": "B3",
    "BLEU-4": "B4",
    "METEOR": "M",
    "ROUGE-L": "R",
    "CIDEr-D": "C",
    "Sm": "S*m",
}
_SUBSETS = {"": "all", "change/": "change", "no_change/": "no change"}
_ROWS = _SUBSETS | {"canonical/": "canonical"}


def score_table(scores: Mapping[str, float]) -> str:
    """Plain text with a row per subset and a column per score, as far as there are any.

    Below stand the scores of the change flag, how many sentences are empty, and why a CIDEr-D is 0.
    """
    columns = {name: title for name, title in _COLUMNS.items() if name in scores}
    lines = [f"{'':10}" + "".join(f"{title:>8}" for title in columns.values())]
    for prefix, row in _ROWS.items():
        if any(prefix + name in scores for name in columns):
            cells = "".join(f"{_cell(scores, prefix + name):>8}" for name in columns)
            lines.append(f"{row:10}{cells}")
    if "flag_accuracy" in scores:
        ratios = [n for n in ("accuracy", "precision", "recall") if f"flag_{n}" in scores]
        shown = ", ".join(f"{n} {scores[f'flag_{n}']:.2f}" for n in ratios)
        counts = ", ".join(f"{n} {scores[f'flag_{n}']:.0f}" for n in ("TP", "FP", "FN", "TN"))
        lines.append(f"change flag: {shown} ({counts})")
    swings = [f"{n} {scores[f'swing/{n}']:.2f}" for n in columns if f"swing/{n}" in scores]
    if swings:
        lines.append(f"swing with the choice of the no-change sentence: {', '.join(swings)}")
    if scores.get("empty_captions"):
        lines.append(f"empty sentences: {scores['empty_captions']:.0f}")
    return "\n".join([*lines, *zero_cider_notes(scores)])


def zero_cider_notes(*systems: Mapping[str, float]) -> list[str]:
    """Note on a CIDEr-D of 0 although words match; a line, or none where that is not so.

    Args:
        systems: Scores of each.
    """
    rows = [row for prefix, row in _ROWS.items() if any(_weightless(s, prefix) for s in systems)]
    if not rows:
        return []
    return [
        f"CIDEr-D is 0 ({', '.join(rows)}): it weighs a word by log(pairs / pairs whose references "
        "have it), and each word that matches here is in the references of every pair, as all are "
        "in a set of one pair. S*m counts this 0: score more pairs together"
    ]


def _weightless(scores: Mapping[str, float], prefix: str) -> bool:
    """Whether CIDEr-D is 0 although words match."""
    known = [scores[prefix + n] for n in ("BLEU-1", "ROUGE-L") if prefix + n in scores]
    return scores.get(f"{prefix}CIDEr-D") == 0 and (not known or max(known) > 0.005)


def markdown_table(systems: Mapping[str, Mapping[str, float]]) -> str:
    """A Markdown table with a row per system and subset.

    Args:
        systems: Scores by name of the system.
    """
    columns = [n for n in _COLUMNS if any(n in scores for scores in systems.values())]
    titles = ["system", "pairs", *(_COLUMNS[n].replace("*", r"\*") for n in columns), "flag"]
    lines = [titles]
    for system, scores in systems.items():
        for prefix, row in _SUBSETS.items():
            if any(prefix + name in scores for name in columns):
                flag = _cell(scores, "flag_accuracy") if not prefix else ""
                cells = [_cell(scores, prefix + name) for name in columns]
                lines.append([system if not prefix else "", row, *cells, flag])
    return "\n\n".join([markdown(lines), *zero_cider_notes(*systems.values())])


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table of cells; the first line holds the titles."""
    rows = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def runs_table(runs: Sequence[Mapping[str, float]]) -> str:
    """Plain text with a line per score: mean and standard deviation, and the score of each run."""
    titles = "".join(f"{f'run {i}':>9}" for i in range(1, len(runs) + 1))
    lines = [f"{'':22}{'mean +- deviation':>20}{titles}"]
    for name in mean_scores(runs):
        scores = [run[name] for run in runs]
        cells = "".join(f"{score:9.2f}" for score in scores)
        lines.append(f"{name:22}{_mean_and_deviation(scores):>20}{cells}")
    return "\n".join([*lines, *zero_cider_notes(*runs)])


def mean_scores(runs: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation (of a sample, with n - 1) of every score that all runs have."""
    names = [name for name in runs[0] if all(name in run for run in runs)]
    columns = {name: [run[name] for run in runs] for name in names}
    return {name: (fmean(scores), stdev(scores)) for name, scores in columns.items()}


def interval_table(
    scores: Mapping[str, float], intervals: Mapping[str, tuple[float, float]]
) -> str:
    """Plain text with a line per score and the ends of its confidence interval."""
    lines = [f"{'':22}{'score':>8}{'from':>8}{'to':>8}"]
    for name, (low, high) in intervals.items():
        lines.append(f"{name:22}{scores[name]:8.2f}{low:8.2f}{high:8.2f}")
    return "\n".join(lines)


def comparison_table(comparisons: Mapping[str, Comparison]) -> str:
    """Plain text with a line per score: both systems, the difference, its interval and p-value.

    Of several runs it shows mean and standard deviation (of a sample, with n - 1).
    """
    lines = [f"{'':22}{'A':>18}{'B':>18}{'A - B':>8}{'from':>8}{'to':>8}{'p':>9}"]
    for name, c in comparisons.items():
        a, b = _mean_and_deviation(c.a), _mean_and_deviation(c.b)
        ends = f"{c.difference:8.2f}{c.low:8.2f}{c.high:8.2f}"
        lines.append(f"{name:22}{a:>18}{b:>18}{ends}{c.p:9.4f}")
    a_scores = {name: fmean(c.a) for name, c in comparisons.items()}
    b_scores = {name: fmean(c.b) for name, c in comparisons.items()}
    return "\n".join([*lines, *zero_cider_notes(a_scores, b_scores)])


def verdict(comparisons: Mapping[str, Comparison], level: float) -> str:
    """Verdict on two systems in words, over all pairs and over the changed ones.

    A difference counts as shown if both its p-value is below 1 - ``level`` and its interval of
    this level leaves out 0.
    """
    score = next((name for name in ("Sm", "CIDEr-D", "BLEU-4") if name in comparisons), None)
    if score is None:
        score = next(iter(comparisons))
    lines = []
    for prefix, where in (("", "all pairs"), ("change/", "the changed pairs")):
        comparison = comparisons.get(prefix + score)
        if comparison is not None:
            lines.append(f"Over {where}, {_in_words(score, comparison, level)}")
    a, b = (len(runs) for runs in (comparisons[score].a, comparisons[score].b))
    if a > 1 or b > 1:
        lines.append(
            f"{a} and {b} runs: the interval counts what the seed decides, as far as so "
            "few runs show it."
        )
    else:
        lines.append("One run each: what another seed would change is not in these numbers.")
    return "\n".join(lines)


def _in_words(score: str, comparison: Comparison, level: float) -> str:
    difference = comparison.difference
    ends = f"{100 * level:g} % interval {comparison.low:.2f} to {comparison.high:.2f}"
    numbers = f"A - B = {difference:.2f}, {ends}, p = {comparison.p:.4f}"
    if comparison.p < 1 - level and not comparison.low <= 0 <= comparison.high:
        better = "A" if difference > 0 else "B"
        return f"{better} has the better {score}, by more than chance explains ({numbers})."
    return f"no difference in {score} is shown ({numbers})."


def _mean_and_deviation(scores: Sequence[float]) -> str:
    mean = f"{fmean(scores):.2f}"
    return mean if len(scores) == 1 else f"{mean} +- {stdev(scores):.2f}"


def _cell(scores: Mapping[str, float], name: str) -> str:
    return f"{scores[name]:.2f}" if name in scores else ""
