"""BLEU, METEOR, ROUGE-L, CIDEr-D and S*m of sentences, as the field computes them.

Words are what stands between spaces: no PTB tokenizer, as in the published systems of change
captioning. All scores are in percent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from mmrsicc.evaluation.meteor import Sentences, meteor_scorer

#: What can be computed. METEOR alone needs Java.
SCORERS = ("BLEU", "METEOR", "ROUGE-L", "CIDEr-D")

#: The mean of these four is S*m.
SM_PARTS = ("BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D")


@dataclass(frozen=True)
class CaptionScores:
    """Scores in percent.

    Attributes:
        corpus: Of the whole set, by name: ``BLEU-1`` to ``BLEU-4``, ``METEOR``, ``ROUGE-L``,
            ``CIDEr-D``, and ``Sm`` where its four parts are there.
        sentences: Of each pair, by name (the same, without ``Sm``) and pair id. ROUGE-L and
            CIDEr-D of the set are the means of these; BLEU and METEOR are not, they add up
            counts first. BLEU is not smoothed: without a common 4-gram BLEU-4 is nearly 0.
    """

    corpus: dict[str, float]
    sentences: dict[str, dict[str, float]]


Score = Callable[[Mapping[str, Sequence[str]], Mapping[str, str]], CaptionScores]


def caption_scores(
    references: Mapping[str, Sequence[str]],
    predictions: Mapping[str, str],
    scorers: Sequence[str] = SCORERS,
) -> CaptionScores:
    """Score one sentence per pair against the references of that pair.

    - BLEU (Papineni et al., 2002): the effective reference length is the closest one.
    - METEOR 1.5 (Denkowski and Lavie, 2014): Java, see :mod:`mmrsicc.evaluation.meteor`.
    - ROUGE-L (Lin, 2004): beta 1.2; best precision and best recall over the references.
    - CIDEr-D (Vedantam et al., 2015): pycocoevalcap calls it ``Cider``, but it clips the counts and
      has the Gaussian length penalty (sigma 6), hence CIDEr-D; its factor of 10 is kept, so it may
      exceed 100 percent. The inverse document frequencies come from the references of this very
      set: a subset must be scored anew, and a set in which every pair has the same references, as
      the unchanged pairs of LEVIR-CC, scores 0 by construction.
    - S*m, here ``Sm``: the mean of BLEU-4, METEOR, ROUGE-L and CIDEr-D.

    Args:
        references: Sentences by pair id, at least one each.
        predictions: One sentence by pair id; an empty one scores 0.
        scorers: Which of :data:`SCORERS` to compute. Without one of the four parts of S*m
            there is no ``Sm``.

    Raises:
        ValueError: An unknown scorer; no pairs; pairs without prediction, reference or the reverse.
        RuntimeError: METEOR cannot run.
    """
    with caption_scorer(scorers) as score:
        return score(references, predictions)


@contextmanager
def caption_scorer(scorers: Sequence[str] = SCORERS) -> Iterator[Score]:
    """As :func:`caption_scores`, for several sets with one start of METEOR.

    Yields:
        A function of references and predictions that returns :class:`CaptionScores`.
    """
    check_scorers(scorers)
    with meteor_scorer() if "METEOR" in scorers else nullcontext() as meteor:

        def score(
            references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
        ) -> CaptionScores:
            gts, res = _words(references, predictions)
            raw: _Raw = {}
            if "BLEU" in scorers:
                raw |= _bleu(gts, res)
            if meteor is not None:
                raw["METEOR"] = meteor(gts, res)
            if "ROUGE-L" in scorers:
                raw["ROUGE-L"] = _rouge_l(gts, res)
            if "CIDEr-D" in scorers:
                raw["CIDEr-D"] = _cider_d(gts, res)
            return _in_percent(raw, list(gts))

        yield score


def check_scorers(scorers: Sequence[str]) -> None:
    """Refuse a name that is not in :data:`SCORERS`, and an empty choice."""
    if not scorers or not set(scorers) <= set(SCORERS):
        raise ValueError(f"scorers={list(scorers)}: choose from {list(SCORERS)}")


#: By name: the score of the set and of each pair, as fractions.
_Raw = dict[str, tuple[float, Sequence[float]]]


def _words(
    references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
) -> tuple[Sentences, Sentences]:
    """Check the pairs and put exactly one space between words, which ROUGE-L relies on."""
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
    return gts, {pair: [" ".join(predictions[pair].split())] for pair in gts}


def _bleu(gts: Sentences, res: Sentences) -> _Raw:
    from pycocoevalcap.bleu.bleu import Bleu

    whole, each = Bleu(4).compute_score(gts, res, verbose=0)
    return {f"BLEU-{n + 1}": (whole[n], each[n]) for n in range(4)}


def _rouge_l(gts: Sentences, res: Sentences) -> tuple[float, Sequence[float]]:
    from pycocoevalcap.rouge.rouge import Rouge

    return Rouge().compute_score(gts, res)


def _cider_d(gts: Sentences, res: Sentences) -> tuple[float, Sequence[float]]:
    from pycocoevalcap.cider.cider import Cider

    return Cider().compute_score(gts, res)


def _in_percent(raw: _Raw, pairs: Sequence[str]) -> CaptionScores:
    corpus = {name: 100 * float(whole) for name, (whole, _) in raw.items()}
    if all(part in corpus for part in SM_PARTS):
        corpus["Sm"] = sum(corpus[part] for part in SM_PARTS) / len(SM_PARTS)
    sentences = {
        name: {pair: 100 * float(value) for pair, value in zip(pairs, each, strict=True)}
        for name, (_, each) in raw.items()
    }
    return CaptionScores(corpus, sentences)
