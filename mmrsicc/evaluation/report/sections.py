"""The parts of a report's page."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmrsicc.evaluation.content import CATEGORIES
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.report.findings import Findings
from mmrsicc.evaluation.report.html import Card, Picture, bar, cards, note, section, small, table
from mmrsicc.evaluation.report.pictures import PairImages
from mmrsicc.evaluation.scores.tables import zero_cider_notes
from mmrsicc.utils.counts import counted

_NAMES = {
    "BLEU-1": "BLEU-1",
    "BLEU-2": "BLEU-2",
    "BLEU-3": "BLEU-3",
    "BLEU-4": "BLEU-4",
    "METEOR": "METEOR",
    "ROUGE-L": "ROUGE-L",
    "CIDEr-D": "CIDEr-D",
    "Sm": "S*m",
    "flag_accuracy": "flag",
}
_SUBSETS = {"": "All pairs", "change/": "Changed pairs", "no_change/": "Unchanged pairs"}

#: Scores of baselines by name.
Baselines = Mapping[str, Mapping[str, Any]]


def scores_section(findings: Findings, baselines: Baselines) -> str:
    """A table per subset: this run, and the baselines below it."""
    parts = [note("In percent. Small print: 95 % intervals from the bootstrap over pairs.")]
    scored = {name: row for name, row in baselines.items() if row.get("scores")}
    canonical = any(name.startswith("canonical/") for name in findings.scores)
    for prefix, title in _SUBSETS.items():
        names = [name for name in _NAMES if prefix + name in findings.scores]
        if not names:
            continue
        rows = [["this run", *(_cell(findings, prefix + name) for name in names)]]
        if prefix == "" and canonical:
            rows.append(["canonical", *(_cell(findings, f"canonical/{name}") for name in names)])
        for name, baseline in scored.items():
            values = (baseline["scores"].get(prefix + column) for column in names)
            cells = ["" if value is None else f"{value:.2f}" for value in values]
            rows.append([_words(name), *cells])
        parts.append(table(title, ["", *(_NAMES[n] for n in names)], rows, own=0))
    if canonical:
        parts.append(note("canonical: with one and the same sentence wherever it says no change."))
    parts += map(note, zero_cider_notes(findings.scores))
    parts += [note(f"{_words(name)}: {row['description']}") for name, row in baselines.items()]
    return section("scores", "Scores", parts)


def flags_section(findings: Findings) -> str:
    """Section: the sentences' change flags against the true ones."""
    scores = findings.scores
    if "flag_TP" not in scores:
        return section("flags", "Change or none", [note("Not every pair's flag is known.")])
    count = {name: f"{scores[f'flag_{name}']:.0f}" for name in ("TP", "FP", "FN", "TN")}
    rows = [["changed", count["TP"], count["FN"]], ["unchanged", count["FP"], count["TN"]]]
    parts = [table("Number of pairs", ["truth", "says: changed", "says: unchanged"], rows)]
    ratios = [n for n in ("accuracy", "precision", "recall") if f"flag_{n}" in scores]
    cells = [["change flag", *(_cell(findings, f"flag_{n}") for n in ratios)]]
    parts.append(table("In percent; a change is positive", ["", *ratios], cells))
    swings = {n: scores[f"swing/{n}"] for n in _NAMES if f"swing/{n}" in scores}
    if swings:
        shown = ", ".join(f"{_NAMES[name]} by {value:.2f}" for name, value in swings.items())
        parts.append(note(f"Which no-change sentence it says may move {shown}."))
    return section("flags", "Change or none", parts)


def content_section(findings: Findings) -> str:
    """Section: content of the sentences about changed pairs."""
    rows = [
        [
            category,
            *(_cell(findings, f"content/{category}_{k}") for k in ("precision", "recall")),
        ]
        for category in CATEGORIES
    ]
    parts = [table("Changed pairs, in percent", ["named", "precision", "recall"], rows)]
    invented = findings.scores.get("content/hallucinating_sentences")
    if invented is not None:
        parts.append(
            note(f"{invented:.1f} % of the sentences name a thing that no reference does.")
        )
    return section("content", "What is named", parts)


def truth_section(findings: Findings) -> str:
    """Section: truth of the sentences, where the events are known."""
    scores = {
        name.removeprefix("truth/"): _cell(findings, name)
        for name in findings.scores
        if name.startswith("truth/")
    }
    if not scores:
        return ""
    del scores["unreadable"]
    unreadable = counted(int(findings.scores["truth/unreadable"]), "sentence")
    whole = [name for name in scores if not name.endswith(("_precision", "_recall"))]
    shares = [[_words(name), scores[name]] for name in whole]
    claims = dict.fromkeys(name.rpartition("_")[0] for name in scores if name not in whole)
    rows = [
        [
            _words(name),
            scores.get(f"{name}_precision", ""),
            scores.get(f"{name}_recall", ""),
        ]
        for name in claims
    ]
    parts = [
        table("Sentences, in percent", ["entirely", "share"], shares),
        table("Claims, in percent", ["of", "precision", "recall"], rows),
    ]
    parts.append(note(f"{unreadable} cannot be read in full, so not true."))
    return section("truth", "Truth", parts)


def breakdown_section(findings: Findings) -> str:
    """Scores of the changed pairs by length of the caption and by number of references."""
    parts = [
        note("Changed pairs only. CIDEr-D keeps the word weights of all changed pairs."),
        _breakdown("By length of the predicted caption", "words", findings.by_length),
        _breakdown("By number of references", "references", findings.by_references),
    ]
    return section("breakdown", "Where the scores come from", parts)


def _breakdown(title: str, what: str, groups: Sequence[tuple[str, int, dict[str, float]]]) -> str:
    names = [n for n in _NAMES if any(n in scores for _, _, scores in groups) and "flag" not in n]
    last = names[-1] if names else ""
    largest = max((scores.get(last, 0.0) for _, _, scores in groups), default=0.0)
    rows = [
        [
            name,
            str(pairs),
            *(f"{scores[n]:.2f}" if n in scores else "" for n in names),
            bar(scores.get(last, 0.0), largest),
        ]
        for name, pairs, scores in groups
    ]
    drawn = f"{_NAMES[last]} drawn" if last else ""
    return table(title, [what, "pairs", *(_NAMES[n] for n in names), drawn], rows)


def pairs_section(
    name: str,
    title: str,
    records: Sequence[PredictedCaption],
    images: Mapping[str, PairImages],
    worth: Mapping[str, float],
    drawn: Mapping[str, str],
) -> str:
    """Some pairs with images, mask, caption, references and, to be opened, their picture."""
    shown = [
        _card(r, images.get(r.pair_id), worth.get(r.pair_id), drawn.get(r.pair_id)) for r in records
    ]
    return section(name, title, [cards(shown)] if shown else [])


def _card(
    record: PredictedCaption, images: PairImages | None, worth: float | None, drawn: str | None
) -> Card:
    name = record.pair_id
    uris = {} if images is None else images.uris
    return Card(
        heading=name,
        badge=None if record.flag is None else ("unchanged", "changed")[record.flag],
        worth=None if worth is None else f"{worth:.1f}",
        figures=[Picture(uri, what, f"{name}, {what}") for what, uri in uris.items()],
        legend=[kind for kind in images.legend if kind.name != "changed"] if images else (),
        said=record.caption or "(empty)",
        references=record.references,
        drawn=drawn,
    )


def _cell(findings: Findings, name: str) -> str:
    """A score with its interval; empty where there is none."""
    if name not in findings.scores:
        return ""
    cell = f"{findings.scores[name]:.2f}"
    if name in findings.intervals:
        low, high = findings.intervals[name]
        cell += small(f"{low:.2f} to {high:.2f}")
    return cell


def _words(name: str) -> str:
    return name.replace("_", " ")
