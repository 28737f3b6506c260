"""Truth of sentences where every change is known: SynthCC's lists of events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.statistics import AdditiveScores
from mmrsicc.synthcc import event_from_dict, is_true, read_sentence
from mmrsicc.synthcc.claims import Claim
from mmrsicc.synthcc.kinds import COUNTED, KINDS
from mmrsicc.synthcc.scene import Event
from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.text_files import read_json

CHANGES = ("appear", "disappear", "replace", "extend", "shrink")

#: Maximum number of events of a pair; matching takes factorial time.
_MOST_EVENTS = 6

#: Aspects that precision and recall are computed for.
_ASPECTS = ("events", "counts", "places", *CHANGES, *KINDS)
#: Counts: pairs, true sentences, true and complete sentences, unreadable sentences.
_SENTENCES = ("changed", "changed_true", "changed_complete", "same", "same_true", "unreadable")


def synth_truth_scores(
    records: Sequence[PredictedCaption], events: Mapping[str, Sequence[Event]]
) -> dict[str, float]:
    """The results of :class:`~mmrsicc.evaluation.SynthTruthMetric`, without its prefix.

    Args:
        records: Predicted sentences.
        events: What happened, by pair id.
    """
    run = additive_truth_scores(records, events)
    unreadable = int(run.statistics[:, _SENTENCES.index("unreadable")].sum())
    return {**run.scores(), "unreadable": unreadable}


def additive_truth_scores(
    records: Sequence[PredictedCaption], events: Mapping[str, Sequence[Event]]
) -> AdditiveScores:
    """The percentages among them as functions of sums over the pairs, sorted by id."""
    rows = [_row(record.caption, events[record.pair_id]) for record in sorted_pairs(records)]
    return AdditiveScores(np.array(rows, float), _scores)


def read_events(
    folder: str | Path, records: Sequence[PredictedCaption]
) -> dict[str, tuple[Event, ...]]:
    """The events of pairs, by pair id.

    Args:
        folder: ``events`` of a SynthCC data set, with a folder per split.
        records: Of the pairs, whose ids are such as ``test_000012``: split and number. All SynthCC
            have the same ids, so that references tell whose pairs they are.

    Raises:
        FileNotFoundError: There is no such pair.
        ValueError: A file is damaged, or is another data set's.
    """
    return {r.pair_id: _events(Path(folder), r.pair_id, r.references) for r in records}


def _events(folder: Path, pair_id: str, references: Sequence[str]) -> tuple[Event, ...]:
    """The events of one pair with these references."""
    path = folder / pair_id.rpartition("_")[0] / f"{pair_id}.json"
    if leaves_folder(pair_id) or not path.is_file():
        raise FileNotFoundError(
            f"no events of pair {pair_id!r} at {path}: name the folder 'events' of the SynthCC "
            "that was captioned"
        )
    try:
        content = read_json(path)
        events = tuple(event_from_dict(fields) for fields in content["events"])
        sentences = set(content["sentences"])
        if len(events) > _MOST_EVENTS or not all(map(_is_event, events)):
            raise ValueError("no events of SynthCC")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({error!r:.200}): make the data set again") from error
    if other := set(references) - sentences:
        raise ValueError(
            f"{path} is another data set's: {min(other)!r:.200} is none of its sentences. Name the "
            "folder 'events' of the SynthCC that was captioned"
        )
    return events


def _is_event(event: Event) -> bool:
    """Whether it has values that SynthCC writes."""
    kinds = event.kind in KINDS and event.replaced in (None, *KINDS)
    numbers = (event.count, event.replaced_count, event.site)
    words = [event.land, *(word for relation in event.relations for word in relation)]
    return (
        event.change in CHANGES
        and kinds
        and all(type(number) is int and 0 <= number < 1000 for number in numbers)
        and all(isinstance(word, str) for word in words)
        and isinstance(event.place, str | None)
    )


def _row(caption: str, events: Sequence[Event]) -> list[int]:
    """Summands of one pair."""
    claims = read_sentence(caption).claims
    right: Counter[str] = Counter()
    for claim, event in _matched(claims, events):
        right.update(_right(claim, event))
    claimed = Counter(name for claim in claims for name in _claimed(claim))
    there = Counter(name for event in events for name in _there(event))
    true = is_true(caption, events)
    sentence = {
        "changed": bool(events),
        "changed_true": bool(events) and true,
        "changed_complete": bool(events) and true and len(claims) == len(events),
        "same": not events,
        "same_true": not events and true,
        "unreadable": is_unreadable(caption),
    }
    row = [int(sentence[name]) for name in _SENTENCES]
    for name in _ASPECTS:
        row += [right[name], claimed[name], there[name]]
    return row


def is_unreadable(caption: str) -> bool:
    """Whether the reader does not know all words, or finds nothing claimed."""
    reading = read_sentence(caption)
    return bool(reading.unread) or not (reading.claims or is_no_change(caption))


def _scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Percentages; nan without a denominator."""
    of = {name: sums[..., i] for i, name in enumerate(_SENTENCES)}
    true = of["changed_true"] + of["same_true"]
    complete = of["changed_complete"] + of["same_true"]
    pairs = of["changed"] + of["same"]
    with np.errstate(invalid="ignore"):
        results = {
            "true": 100 * true / pairs,
            "complete": 100 * complete / pairs,
            "change_true": 100 * of["changed_true"] / of["changed"],
            "change_complete": 100 * of["changed_complete"] / of["changed"],
            "no_change_true": 100 * of["same_true"] / of["same"],
        }
        for i, name in enumerate(_ASPECTS):
            start = len(_SENTENCES) + 3 * i
            right, claimed, there = (sums[..., start + k] for k in range(3))
            name = name.replace(" ", "_")
            results[f"{name}_precision"] = 100 * right / claimed
            results[f"{name}_recall"] = 100 * right / there
    return results


def _matched(claims: Sequence[Claim], events: Sequence[Event]) -> list[tuple[Claim, Event]]:
    """Each event with the claim that describes it, if there is one; none describes two.

    A claim describes an event by what happened to what. Of several ways to pair them the one counts
    that gets the most right.
    """
    options = [*claims, *[None] * len(events)]
    ways = (zip(chosen, events, strict=True) for chosen in permutations(options, len(events)))
    told = ([(c, e) for c, e in way if c is not None and _tells_of(c, e)] for way in ways)
    return max(told, key=lambda pairs: sum(len(_right(c, e)) for c, e in pairs))


def _tells_of(claim: Claim, event: Event) -> bool:
    return (claim.change, claim.kind, claim.replaced) == (event.change, event.kind, event.replaced)


def _right(claim: Claim, event: Event) -> list[str]:
    """Details of an event that a claim about it gets right."""
    numbers = zip(_numbers(claim), (event.count, event.replaced_count), strict=True)
    right = [kind in COUNTED and low <= number <= high for (kind, low, high), number in numbers]
    return _names(event.change, event.kind, sum(right), int(event.place in claim.places))


def _claimed(claim: Claim) -> list[str]:
    counts = sum(kind in COUNTED for kind, _, _ in _numbers(claim))
    return _names(claim.change, claim.kind, counts, len(claim.places))


def _there(event: Event) -> list[str]:
    counts = sum(kind in COUNTED for kind in (event.kind, event.replaced))
    return _names(event.change, event.kind, counts, int(event.place is not None))


def _names(change: str, kind: str, counts: int, places: int) -> list[str]:
    return ["events", change, kind, *["counts"] * counts, *["places"] * places]


def _numbers(claim: Claim) -> list[tuple[str | None, int, int]]:
    """Fewest and most of the thing and of what it replaced."""
    return [(claim.kind, *claim.count), (claim.replaced, *claim.replaced_count)]
