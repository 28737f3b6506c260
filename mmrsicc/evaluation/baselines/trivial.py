"""Trivial baselines: captions that need no model, which every captioner must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.datasets.sentences import sentence_words
from mmrsicc.evaluation.files.records import PredictedCaption
from mmrsicc.evaluation.scores.consensus import Consensus

if TYPE_CHECKING:  # Scores need no images.
    from mmrsicc.datasets.image_io import ReadPictures

#: Pairs with ``pair_id``, ``captions``, ``change_flag`` and optional image paths.
Pairs = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Baseline:
    """One row of the table.

    Attributes:
        name: ``constant``, ``perfect_flag``, ``nearest_pair``, ``human`` or ``flag_...``.
        description: What it does, with its sentences.
        records: Its answer for every test pair; none where it cannot be had.
    """

    name: str
    description: str
    records: list[PredictedCaption]


@dataclass(frozen=True)
class TypicalSentences:
    """The sentences that do best on a training set, see :func:`typical_sentences`.

    Attributes:
        constant: Said of every pair.
        change: Said of the changed pairs, where ``no_change`` is said of the others; None without
            changed pairs.
        no_change: Said of the unchanged pairs; None if no training sentence says so.
        score: Of each sentence said of every pair, for choosing between several.
    """

    constant: str
    change: str | None
    no_change: str | None
    score: dict[str, float]


def typical_sentences(train: Pairs) -> TypicalSentences:
    """Choose among all sentences of a training set by the mean of BLEU-4 and CIDEr-D on it.

    ``change`` and ``no_change`` are chosen together: the unchanged pairs alone cannot tell the
    sentences that stand in each of them apart, the scores over all pairs can.
    """
    consensus = Consensus([pair["captions"] for pair in train])
    sentences = consensus.sentences
    changed, unchanged = (
        consensus.fixed_answers([p["captions"] for p in train if p["change_flag"] == flag])
        for flag in (1, 0)
    )
    constant = (changed + unchanged).score()
    silent = np.array([is_no_change(text) for text in sentences])
    best: tuple[float, int | None, int | None] = (-1.0, None, None)
    for j in np.flatnonzero(silent).tolist():
        scores = np.where(silent, -1, (changed + unchanged[j]).score())
        i = int(scores.argmax())
        best = max(best, (float(scores[i]), i, j), key=lambda choice: choice[0])
    _, change, no_change = best
    if change is None and silent.any():
        no_change = int(np.where(silent, constant, -1).argmax())
    return TypicalSentences(
        constant=sentences[int(constant.argmax())],
        change=None if change is None else sentences[change],
        no_change=None if no_change is None else sentences[no_change],
        score=dict(zip(sentences, constant.tolist(), strict=True)),
    )


def dataset_pairs(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs of a data set's config, each once; no image is loaded."""
    from mmrsicc.registry import DATASETS

    built = DATASETS.build({**dataset, "pipeline": [], "test_mode": True})
    return [built.get_data_info(index) for index in range(len(built))]


def trivial_baselines(
    train: Pairs,
    test: Pairs,
    constant: str | None = None,
    change_sentence: str | None = None,
    no_change_sentence: str | None = None,
    images: bool = True,
    read: ReadPictures | None = None,
    flags: Mapping[str, tuple[str, Sequence[int]]] | None = None,
) -> list[Baseline]:
    """All baselines of a data set.

    - ``constant``: one sentence for every pair.
    - ``perfect_flag``: told which pairs changed, one sentence for those and one for the others.
    - ``nearest_pair``: a sentence of the training pair that looks most alike, the most typical one.
    - ``human``: an annotator's first sentence against the other annotators'. For unchanged pairs
      it is the no-change sentence against all references, since annotators who all say that
      nothing changed differ only in which stock sentence they take.
    - ``flag_...``: the sentences of ``perfect_flag`` by other flags than the true ones.

    Args:
        train: Pairs that the sentences are chosen on.
        test: Pairs to answer.
        constant: Sentence in place of the chosen one.
        change_sentence: The same for the changed pairs of ``perfect_flag``.
        no_change_sentence: The same for the unchanged pairs of ``perfect_flag`` and ``human``.
        images: Look at images; without, there is no ``nearest_pair``.
        read: Reads the images of a pair; None: as where nothing is known of their bands.
        flags: By name, how flags were found, and those of all test pairs.
    """
    typical = typical_sentences(train)
    constant = _words(constant) or typical.constant
    change = _words(change_sentence) or typical.change
    no_change = _words(no_change_sentence) or typical.no_change
    return [
        Baseline("constant", f'always "{constant}"', [_answer(p, constant) for p in test]),
        _flagged(
            "perfect_flag",
            "given the true flag",
            test,
            [pair["change_flag"] for pair in test],
            change,
            no_change,
        ),
        *([_nearest_pair(train, test, typical, read)] if images else []),
        _human(test, no_change),
        *(
            _flagged(f"flag_{name}", said, test, found, change, no_change)
            for name, (said, found) in (flags or {}).items()
        ),
    ]


def _words(sentence: str | None) -> str | None:
    """A sentence that was typed, as references are scored; None without one."""
    return None if sentence is None else " ".join(sentence_words(sentence))


def _answer(
    pair: Mapping[str, Any], caption: str, references: Sequence[str] | None = None
) -> PredictedCaption:
    texts = pair["captions"] if references is None else references
    return PredictedCaption(pair["pair_id"], caption, tuple(texts), int(pair["change_flag"]))


def _flagged(
    name: str,
    said: str,
    test: Pairs,
    flags: Sequence[int],
    change: str | None,
    no_change: str | None,
) -> Baseline:
    """One sentence for the pairs that flags call changed, one for the others."""
    if change is None or no_change is None:
        return Baseline(name, "left out: no sentence of change and one of none in train", [])
    records = [
        _answer(pair, change if flag else no_change) for pair, flag in zip(test, flags, strict=True)
    ]
    return Baseline(name, f'{said}, "{change}" or "{no_change}"', records)


def _nearest_pair(
    train: Pairs, test: Pairs, typical: TypicalSentences, read: ReadPictures | None
) -> Baseline:
    name = "nearest_pair"
    if not all(pair.get("before_path") and pair.get("after_path") for pair in (*train, *test)):
        return Baseline(name, "left out: the images are not known", [])
    from mmrsicc.evaluation.baselines.nearest_pair import nearest_pairs  # Needs OpenCV.

    captions = [max(pair["captions"], key=typical.score.__getitem__) for pair in train]
    answers = [captions[i] for i in nearest_pairs(train, test, read)]
    records = [_answer(pair, text) for pair, text in zip(test, answers, strict=True)]
    return Baseline(name, "most typical sentence of the training pair that looks alike", records)


def _human(test: Pairs, no_change: str | None) -> Baseline:
    name = "human"
    alone = sum(len(pair["captions"]) < 2 for pair in test if pair["change_flag"])
    if alone:
        return Baseline(name, f"left out: {alone} changed pairs have a single sentence", [])
    if no_change is None and not all(pair["change_flag"] for pair in test):
        return Baseline(name, "left out: no sentence of no change in train", [])
    records = []
    others_of: list[int] = []
    for pair in test:
        first, *others = pair["captions"]
        if pair["change_flag"]:
            records.append(_answer(pair, first, others))
            others_of.append(len(others))
        else:
            records.append(_answer(pair, no_change or ""))
    counts = " to ".join(map(str, sorted({min(others_of), max(others_of)}))) if others_of else "no"
    said = f"first reference against the others ({counts} references)"
    if not all(pair["change_flag"] for pair in test):
        said += f'; of unchanged pairs "{no_change}" against all'
    return Baseline(name, said, records)
