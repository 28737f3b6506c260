"""BLEU, METEOR, ROUGE-L, CIDEr-D and S*m of sentences, as the field computes them.

Words are what stands between spaces: no PTB tokenizer, as in the published systems of change
captioning. All scores are in percent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mmrsicc.evaluation.scores.java_meteor import java_meteor
from mmrsicc.evaluation.scores.meteor15 import Meteor, meteor_scores
from mmrsicc.evaluation.scores.ngram_scores import NgramScores, bleu_scores
from mmrsicc.evaluation.scores.rouge_l import RougeL

#: What can be computed.
SCORERS = ("BLEU", "METEOR", "ROUGE-L", "CIDEr-D")

#: The mean of these four is S*m.
SM_PARTS = ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D")

#: Which METEOR: this package's own, or the Java program that it agrees with.
MeteorKind = Literal["python", "java"]


@dataclass(frozen=True)
class CaptionScores:
    """Scores in percent.

    Attributes:
        corpus: Of the whole set, by name: ``BLEU-1`` to ``BLEU-4``, ``METEOR``, ``ROUGE-L``,
            ``CIDEr-D``, and ``Sm`` where its four parts are there.
        sentences: Of each pair, by name (the same, without ``Sm``) and pair id. ROUGE-L and
            CIDEr-D of the set are the means of these; BLEU and METEOR are not, they add up
            counts first. BLEU is not smoothed: without a common 4-gram BLEU-4 is nearly 0.
        statistics: The numbers that add up over a set, by scorer: an array with a row per pair, in
            the order of the references. :func:`corpus_scores` makes scores of their sums. The Java
            METEOR gives none.
    """

    corpus: dict[str, float]
    sentences: dict[str, dict[str, float]]
    statistics: dict[str, NDArray] = field(default_factory=dict, repr=False, compare=False)


Score = Callable[[Mapping[str, Sequence[str]], Mapping[str, str]], CaptionScores]


def caption_scores(
    references: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    scorers: Sequence[str] = SCORERS,
    meteor: MeteorKind = "python",
) -> CaptionScores:
    """Score one sentence per pair against the references of that pair.

    - BLEU (Papineni et al., 2002): the effective reference length is the closest one.
    - METEOR 1.5 (Denkowski and Lavie, 2014), see :mod:`mmrsicc.evaluation.scores.meteor15`.
    - ROUGE-L (Lin, 2004): beta 1.2; best precision and best recall over the references.
    - CIDEr-D (Vedantam et al., 2015): pycocoevalcap calls it ``Cider``, but it clips the counts and
      has the Gaussian length penalty (sigma 6), hence CIDEr-D; its factor of 10 is kept, so it may
      exceed 100 percent. The inverse document frequencies come from the references of this very
      set: a subset must be scored again, and a set in which every pair has the same references, as
      the unchanged pairs of LEVIR-CC, scores 0 by construction.
    - S*m, here ``Sm``: the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D.

    Args:
        references: Sentences by pair id, at least one each.
        predictions: One sentence by pair id; an empty one scores 0.
        scorers: Which of :data:`SCORERS` to compute. Without one of the four parts of S*m
            there is no ``Sm``.
        meteor: ``java`` to run the original program, which gives the same numbers in more time, see
            :mod:`mmrsicc.evaluation.scores.java_meteor`.

    Raises:
        ValueError: An unknown scorer or METEOR; no pairs; pairs without prediction, reference or
            the reverse.
        RuntimeError: METEOR cannot run.
    """
    with caption_scorer(scorers, meteor) as score:
        return score(references, predictions)


@contextmanager
def caption_scorer(
    scorers: Sequence[str] = SCORERS, meteor: MeteorKind = "python"
) -> Iterator[Score]:
    """Scorer of several sets by :func:`caption_scores`: what they share is computed once.

    Yields:
        A function of references and predictions that returns :class:`CaptionScores`.
    """
    check_scorers(scorers, meteor)
    in_java = "METEOR" in scorers and meteor == "java"
    statistics_of = _statistics_of(scorers, with_meteor=not in_java)
    with java_meteor() if in_java else nullcontext() as run_java:

        def score(
            references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
        ) -> CaptionScores:
            gts, res = _words(references, predictions)
            statistics = {name: compute(gts, res) for name, compute in statistics_of.items()}
            whole = _fractions({name: rows.sum(axis=0) for name, rows in statistics.items()})
            each = _fractions(statistics)
            if run_java is not None:
                whole["METEOR"], each["METEOR"] = map(np.asarray, run_java(gts, res))
            return CaptionScores(
                corpus={name: float(value) for name, value in _in_percent(whole).items()},
                sentences={
                    name: dict(zip(gts, (100 * values).tolist(), strict=True))
                    for name, values in each.items()
                },
                statistics=statistics,
            )

        yield score


def corpus_scores(sums: Mapping[str, NDArray], exact: bool = False) -> dict[str, NDArray]:
    """Scores of sets, in percent, from their statistics added up over pairs.

    Any choice of pairs can so be scored without looking at a sentence again, as a bootstrap does.
    The document frequencies in CIDEr-D stay those of the set that was scored.

    Args:
        sums: By scorer: (..., k), sums of rows of ``CaptionScores.statistics``.
        exact: As of :func:`~mmrsicc.evaluation.scores.ngram_scores.bleu_scores`.

    Returns:
        By score: (...).
    """
    return _in_percent(_fractions(sums, exact))


def check_scorers(scorers: Sequence[str], meteor: MeteorKind = "python") -> None:
    """Refuse a name that is not in :data:`SCORERS`, an empty choice, and an unknown METEOR."""
    if not scorers or not set(scorers) <= set(SCORERS):
        raise ValueError(f"scorers={list(scorers)}: choose from {list(SCORERS)}")
    if meteor not in ("python", "java"):
        raise ValueError(f"meteor={meteor!r}: choose 'python' or 'java'")


_Statistics = Callable[[Mapping[str, Sequence[str]], Mapping[str, str]], NDArray]


def _statistics_of(scorers: Sequence[str], *, with_meteor: bool) -> dict[str, _Statistics]:
    """Functions that compute the statistics of each pair, by scorer."""
    ngrams, rouge_l = NgramScores(), RougeL()
    computed: dict[str, _Statistics] = {
        "BLEU": ngrams.bleu_statistics,
        "ROUGE-L": lambda gts, res: _summands(rouge_l(gts, res)),
        "CIDEr-D": lambda gts, res: _summands(ngrams.cider_d(gts, res)),
    }
    if with_meteor and "METEOR" in scorers:
        computed["METEOR"] = Meteor().statistics
    return {name: computed[name] for name in SCORERS if name in scorers and name in computed}


def _summands(scores: Sequence[float]) -> NDArray:
    """Summands of a mean: score and 1."""
    return np.column_stack([scores, np.ones(len(scores))])


def _fractions(statistics: Mapping[str, NDArray], exact: bool = False) -> dict[str, NDArray]:
    """Scores, but S*m, from statistics of single pairs or from their sums."""
    scores: dict[str, NDArray] = {}
    for name, rows in statistics.items():
        if name == "BLEU":
            scores |= {f"BLEU-{n + 1}": bleu_scores(rows, exact)[..., n] for n in range(4)}
        elif name == "METEOR":
            scores[name] = meteor_scores(rows)
        else:
            scores[name] = rows[..., 0] / rows[..., 1]
    return scores


def _in_percent(fractions: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Scores of sets in percent, with S*m."""
    scores = {name: 100 * value for name, value in fractions.items()}
    if all(part in scores for part in SM_PARTS):
        scores["Sm"] = np.mean([scores[part] for part in SM_PARTS], axis=0)
    return scores


def _words(
    references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Check the pairs and put exactly one space between words."""
    if not references:
        raise ValueError("there are no pairs to score")
    lonely = sorted(set(references) ^ set(predictions))
    if lonely:
        raise ValueError(
            f"{len(lonely)} pairs have only references or only a prediction, such as {lonely[0]!r}:"
            " give both for every pair"
        )
    gts = {pair: [" ".join(text.split()) for text in texts] for pair, texts in references.items()}
    for pair, texts in gts.items():
        if not texts or "" in texts:
            raise ValueError(f"pair {pair!r} has no reference, or an empty one: {texts}")
    return gts, {pair: " ".join(predictions[pair].split()) for pair in gts}
