"""BLEU and CIDEr-D from one count of n-grams, as pycocoevalcap defines them, but faster."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_N = 4
#: Deviation of CIDEr-D's penalty on the difference in length, in words (Vedantam et al. 2015).
_SIGMA = 6.0
#: Cache sizes: sentences, and pairs of sentences.
_KEPT = 2**16

_Ngrams = dict[tuple[str, ...], int]


class _Counts(NamedTuple):
    """Counts of each n-gram of a sentence, by n from 1 to 4."""

    words: int
    by_n: tuple[_Ngrams, ...]


class _Vector(NamedTuple):
    """The weighted n-grams of a sentence: by n the weights and their norm; and its length."""

    weights: list[dict[tuple[str, ...], float]]
    norms: list[float]
    length: int


class NgramScores:
    """BLEU and CIDEr-D of sets of sentences; counts of repeated sentences are cached.

    Words are parted by single spaces.
    """

    def __init__(self) -> None:
        self._counts = cache(_count)
        self._bleu = cache(self._bleu_of_pair)

    def bleu_statistics(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> NDArray:
        """Statistics of each pair for :func:`bleu_scores`.

        Returns:
            (pairs, 10): clipped matches of 1-grams to 4-grams; 1-grams to 4-grams of the
            prediction; its words; words of the reference closest in length, the shorter of two.
        """
        rows = [self._bleu(predictions[pair], tuple(texts)) for pair, texts in references.items()]
        return np.array(rows, float)

    def cider_d(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> list[float]:
        """CIDEr-D of each pair, as a fraction of 1 (perfect is 10).

        The inverse document frequencies come from these references.
        """
        score = CiderD(references.values(), self._counts)
        return [score(predictions[pair], texts) for pair, texts in references.items()]

    def _bleu_of_pair(self, prediction: str, references: tuple[str, ...]) -> list[int]:
        tested, counts = self._counts(prediction), [self._counts(text) for text in references]
        matches = [
            sum(
                min(k, max(reference.by_n[n].get(ngram, 0) for reference in counts))
                for ngram, k in tested.by_n[n].items()
            )
            for n in range(_N)
        ]
        totals = [max(0, tested.words - n) for n in range(_N)]
        _, closest = min((abs(each.words - tested.words), each.words) for each in counts)
        return [*matches, *totals, tested.words, closest]


class CiderD:
    """CIDEr-D of sentences (Vedantam et al., 2015), with the frequencies of given references.

    Args:
        documents: References of each pair; a pair's are a document.
        counts: Counts the n-grams of a sentence.
    """

    def __init__(
        self, documents: Collection[Sequence[str]], counts: Callable[[str], _Counts] | None = None
    ) -> None:
        self._counts = counts or _count
        self._frequencies: Counter[tuple[str, ...]] = Counter()
        for texts, pairs in Counter(frozenset(texts) for texts in documents).items():
            ngrams = {ngram for text in texts for n in self._counts(text).by_n for ngram in n}
            self._frequencies.update(dict.fromkeys(ngrams, pairs))
        self._documents = math.log(len(documents))
        self._vector = lru_cache(_KEPT)(self._vector_of)
        self._similarity = lru_cache(_KEPT)(self._similarity_of)

    def __call__(self, sentence: str, references: Sequence[str]) -> float:
        """The score of one sentence, as a fraction of 1 (perfect is 10)."""
        return 10 * sum(self._similarity(sentence, text) for text in references) / len(references)

    def _similarity_of(self, sentence: str, reference: str) -> float:
        return _similarity(self._vector(sentence), self._vector(reference))

    def _vector_of(self, text: str) -> _Vector:
        by_n = self._counts(text).by_n
        weights = [{ngram: k * self._rarity(ngram) for ngram, k in n.items()} for n in by_n]
        norms = [math.sqrt(sum(weight**2 for weight in n.values())) for n in weights]
        return _Vector(weights, norms, sum(by_n[1].values()))

    def _rarity(self, ngram: tuple[str, ...]) -> float:
        """Inverse document frequency."""
        return self._documents - math.log(max(1, self._frequencies[ngram]))


def bleu_scores(statistics: NDArray, exact: bool = False) -> NDArray:
    """BLEU-1 to BLEU-4 (Papineni et al., 2002) from statistics of a pair, or added up over many.

    Args:
        statistics: (..., 10), see :meth:`NgramScores.bleu_statistics`.
        exact: Without pycocoevalcap's constants against 0 / 0, which make a score of zero some
            hundredths of a percent and one of 100 % a little less, by a system's number of words.

    Returns:
        (..., 4), fractions. Not smoothed.
    """
    tiny, small = (0.0, 0.0) if exact else (1e-15, 1e-9)
    matches, totals = statistics[..., :_N], statistics[..., _N : 2 * _N]
    words, reference_words = statistics[..., -2:-1], statistics[..., -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.nan_to_num((matches + tiny) / (totals + small))
        penalty = np.exp(np.minimum(0, 1 - (reference_words + small) / (words + tiny)))
    products = np.cumprod(precisions, axis=-1)
    return np.nan_to_num(penalty) * products ** (1 / np.arange(1, _N + 1))


def _count(text: str) -> _Counts:
    words = text.split()
    shifted = [words[n:] for n in range(_N)]
    by_n = tuple(dict(Counter(zip(*shifted[: n + 1], strict=False))) for n in range(_N))
    return _Counts(len(words), by_n)


def _similarity(tested: _Vector, reference: _Vector) -> float:
    """Mean over n of the clipped cosine, with the Gaussian penalty on the difference in length."""
    total = 0.0
    for weights, others, norm, other_norm in zip(
        tested.weights, reference.weights, tested.norms, reference.norms, strict=True
    ):
        common = weights.keys() & others.keys()
        product = sum(min(weights[ngram], others[ngram]) * others[ngram] for ngram in common)
        if norm and other_norm:
            total += product / (norm * other_norm)
    return total / _N * math.exp(-((tested.length - reference.length) ** 2) / (2 * _SIGMA**2))
