"""Scores of change captions: over all pairs, by change flag, and free of stock sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.evaluation.files.records import PredictedCaption, sorted_pairs
from mmrsicc.evaluation.scores.caption_scores import (
    SCORERS,
    CaptionScores,
    MeteorKind,
    caption_scorer,
    corpus_scores,
)
from mmrsicc.evaluation.scores.no_change_scores import (
    FLAG_COUNTS,
    canonical,
    flag_counts,
    flag_scores,
    no_change_swing,
)
from mmrsicc.evaluation.scores.protocols import Protocol
from mmrsicc.evaluation.scores.statistics import AdditiveScores

#: 0 by construction where unchanged pairs share their references, and an average with such a 0.
_MEANINGLESS = ("no_change/CIDEr-D", "no_change/Sm")

#: Which swings are reported.
_SWINGS = ("BLEU-4", "CIDEr-D", "Sm")


def change_caption_scores(
    records: Sequence[PredictedCaption],
    scorers: Sequence[str] = SCORERS,
    protocol: Protocol = list,
    meteor: MeteorKind = "python",
) -> dict[str, float]:
    """The results of :class:`~mmrsicc.evaluation.ChangeCaptionMetric` for these pairs.

    Args:
        records: Predicted sentences; they are sorted by pair id.
        scorers: See :func:`~mmrsicc.evaluation.scores.caption_scores.caption_scores`.
        protocol: From :func:`~mmrsicc.evaluation.scores.protocols.build_protocol`.
        meteor: See ``scorers``.
    """
    records = sorted_pairs(records)
    results: dict[str, float] = {}
    with _scorer(scorers, protocol, meteor) as scored:
        for prefix, part in _parts(records).items():
            results |= _named(prefix, scored(part).corpus)
        swings = no_change_swing(records, lambda part: scored(part).corpus)
    results |= {f"swing/{name}": swings[name] for name in _SWINGS if name in swings}
    if _flags_known(records):
        counts = np.sum([flag_counts(record) for record in records], axis=0)
        flags = {name: value.item() for name, value in flag_scores(counts).items()}
        results |= {name: value for name, value in flags.items() if not np.isnan(value)}
    results["empty_captions"] = sum(not record.caption.strip() for record in records)
    return results


def additive_scores(
    records: Sequence[PredictedCaption],
    scorers: Sequence[str] = SCORERS,
    protocol: Protocol = list,
) -> AdditiveScores:
    """Change caption scores, without swings and counts, as functions of sums over the pairs.

    CIDEr-D's document frequencies, and with them each pair's CIDEr-D, stay those of the whole set
    (or of its changed pairs, for ``change/CIDEr-D``) whichever pairs the sums are taken over. Sums
    without any pair of a part, such as the changed ones, leave all its scores undefined (nan).
    BLEU is exact: pycocoevalcap's constants would make a difference of two scores of 0 or of 100.

    Args:
        records: Predicted sentences; the rows of the statistics are sorted by pair id.
        scorers: As for :func:`change_caption_scores`.
        protocol: The same.
    """
    records = sorted_pairs(records)
    row = {record.pair_id: i for i, record in enumerate(records)}
    tables: dict[tuple[str, str], np.ndarray] = {}
    with _scorer(scorers, protocol) as scored:
        for prefix, part in _parts(records).items():
            rows = [row[record.pair_id] for record in part]
            for name, values in scored(part).statistics.items():
                # Pairs outside the subset add nothing to its sums.
                tables[prefix, name] = np.zeros((len(records), values.shape[1]))
                tables[prefix, name][rows] = values
            tables[prefix, "pairs"] = np.zeros((len(records), 1))
            tables[prefix, "pairs"][rows] = 1
    if _flags_known(records):
        tables["", "flag"] = np.stack([flag_counts(record) for record in records])
    edges = np.cumsum([table.shape[1] for table in tables.values()])[:-1]

    def function(sums: np.ndarray) -> dict[str, np.ndarray]:
        summed = dict(zip(tables, np.split(sums, edges, axis=-1), strict=True))
        flags = summed.pop(("", "flag"), None)
        results: dict[str, np.ndarray] = {}
        with np.errstate(invalid="ignore", divide="ignore"):
            for prefix in dict.fromkeys(prefix for prefix, _ in summed):
                of_part = {name: s for (part, name), s in summed.items() if part == prefix}
                # BLEU and METEOR of no pairs would be 0, not undefined.
                pairs = np.where(of_part.pop("pairs")[..., 0] > 0, 1, np.nan)
                scores = corpus_scores(of_part, exact=True)
                results |= _named(prefix, {name: pairs * score for name, score in scores.items()})
        if flags is not None:
            results |= flag_scores(flags)
        return {name: value for name, value in results.items() if name not in FLAG_COUNTS}

    return AdditiveScores(np.concatenate(list(tables.values()), axis=1), function)


def _parts(records: Sequence[PredictedCaption]) -> dict[str, Sequence[PredictedCaption]]:
    """Subsets that are scored by themselves, by prefix of their scores."""
    parts: dict[str, Sequence[PredictedCaption]] = {"": records}
    if _flags_known(records):
        parts["change/"] = [record for record in records if record.flag == 1]
        parts["no_change/"] = [record for record in records if record.flag == 0]
    if any(is_no_change(text) for record in records for text in record.references):
        parts["canonical/"] = canonical(records)
    return {prefix: part for prefix, part in parts.items() if part}


@contextmanager
def _scorer(
    scorers: Sequence[str], protocol: Protocol, meteor: MeteorKind = "python"
) -> Iterator[Callable[[Sequence[PredictedCaption]], CaptionScores]]:
    """Scores several sets of records, whose sentences the protocol rewrites once."""
    words: dict[str, str] = {}
    with caption_scorer(scorers, meteor) as score:

        def scored(records: Sequence[PredictedCaption]) -> CaptionScores:
            said = {text: None for r in records for text in (r.caption, *r.references)}
            new = [text for text in said if text not in words]
            if new:
                words.update(zip(new, protocol(new), strict=True))
            return score(
                {r.pair_id: [words[text] for text in r.references] for r in records},
                {r.pair_id: words[r.caption] for r in records},
            )

        yield scored


def _named(prefix: str, scores: Mapping) -> dict:
    named = {prefix + name: value for name, value in scores.items()}
    return {name: value for name, value in named.items() if name not in _MEANINGLESS}


def _flags_known(records: Sequence[PredictedCaption]) -> bool:
    return all(record.flag is not None for record in records)
