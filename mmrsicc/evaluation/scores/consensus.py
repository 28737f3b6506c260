"""Consensus: scores of each training sentence if it answered many pairs.

BLEU and CIDEr-D add up over n-grams. So what a fixed sentence scores against thousands of pairs
follows from a few sums over the n-grams of those pairs, which all sentences share: each distinct
sentence of the training set is tried, exactly, in seconds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_ORDERS = 4
_SIGMA = 6.0


@dataclass(frozen=True)
class FixedAnswers:
    """Sums of BLEU-4 and CIDEr-D for each sentence said of the same pairs.

    Those of disjoint pairs add up: ``a + b`` says each sentence of both, ``a + b[j]`` sentence
    ``j`` of the second.

    Attributes:
        matches: Matching n-grams, (sentences, 4).
        totals: N-grams said, (sentences, 4).
        reference_words: Words of the references that are closest in length, (sentences,).
        cider: Sum over pairs of CIDEr-D as a fraction, (sentences,).
        pairs: Number of pairs.
    """

    matches: np.ndarray
    totals: np.ndarray
    reference_words: np.ndarray
    cider: np.ndarray
    pairs: int

    def __add__(self, other: "FixedAnswers") -> "FixedAnswers":
        return FixedAnswers(
            self.matches + other.matches,
            self.totals + other.totals,
            self.reference_words + other.reference_words,
            self.cider + other.cider,
            self.pairs + other.pairs,
        )

    def __getitem__(self, index: int) -> "FixedAnswers":
        """The one sentence ``index``."""
        return FixedAnswers(
            self.matches[index],
            self.totals[index],
            self.reference_words[index],
            self.cider[index],
            self.pairs,
        )

    def score(self) -> np.ndarray:
        """Mean of corpus BLEU-4 and mean CIDEr-D, as a fraction."""
        precision = (self.matches + 1e-15) / (self.totals + 1e-9)  # As in pycocoevalcap.
        words = np.maximum(self.totals[..., 0], 1)
        brevity = np.exp(np.minimum(0, 1 - self.reference_words / words))
        bleu = brevity * np.prod(precision, axis=-1) ** (1 / _ORDERS)
        return (bleu + self.cider / self.pairs) / 2


class Consensus:
    """The n-grams of a training set.

    Args:
        references: The sentences of each pair; document frequencies count all these pairs.

    Attributes:
        sentences: Every distinct sentence, in order of first appearance.
    """

    def __init__(self, references: Sequence[Sequence[str]]) -> None:
        self.sentences = list(dict.fromkeys(text for texts in references for text in texts))
        self._number = {text: i for i, text in enumerate(self.sentences)}
        self._length = np.array([len(text.split()) for text in self.sentences])
        # The k-th occurrence of an n-gram in a sentence is a separate item, so that counting shared
        # items clips the counts as BLEU does. One entry per sentence and item.
        things: dict[tuple[tuple[str, ...], int], int] = {}
        entries: list[tuple[int, int, int]] = []
        for i, text in enumerate(self.sentences):
            counts = Counter(_ngrams(text.split()))
            for gram, count in counts.items():
                for k in range(count):
                    entries.append((i, things.setdefault((gram, k), len(things)), count))
        self._sentence, self._thing, self._count = np.array(entries).T
        self._order = np.array([len(gram) - 1 for gram, _ in things])
        self._starts = np.searchsorted(self._sentence, np.arange(len(self.sentences) + 1))
        pairs_with = self._pairs_with(self._sets(references))
        first = np.array([things[gram, 0] for gram, _ in things])
        self._idf = np.log(len(references) / pairs_with[first])
        # Once per n-gram, its first occurrence: squared weights add up to the squared norm.
        once = self._thing == first[self._thing]
        weights = once * (self._count * self._idf[self._thing]) ** 2
        self._norm = np.sqrt(self._by_order(weights))

    def fixed_answers(self, references: Sequence[Sequence[str]]) -> FixedAnswers:
        """Scores of each of :attr:`sentences` when it is said of all these pairs.

        Args:
            references: The sentences of some of the training set's pairs.
        """
        sets = self._sets(references)
        totals = np.maximum(self._length[:, None] - np.arange(_ORDERS), 0)
        return FixedAnswers(
            matches=self._by_order(self._pairs_with(sets)[self._thing]),
            totals=totals * len(references),
            reference_words=self._closest_lengths(sets)[self._length],
            cider=self._cider(sets),
            pairs=len(references),
        )

    def _sets(self, references: Sequence[Sequence[str]]) -> Counter[tuple[int, ...]]:
        """Distinct sets of references; unchanged pairs often share theirs."""
        return Counter(tuple(sorted(self._number[text] for text in texts)) for texts in references)

    def _by_order(self, values: np.ndarray) -> np.ndarray:
        """Sums of one value per entry, (sentences, 4)."""
        place = self._sentence * _ORDERS + self._order[self._thing]
        shape = (len(self.sentences), _ORDERS)
        return np.bincount(place, values, shape[0] * shape[1]).reshape(shape)

    def _pairs_with(self, sets: Counter[tuple[int, ...]]) -> np.ndarray:
        """Number of pairs whose references contain each item."""
        pairs = np.zeros(len(self._order))
        for texts, times in sets.items():
            spans = [self._thing[self._starts[i] : self._starts[i + 1]] for i in set(texts)]
            pairs[np.unique(np.concatenate(spans))] += times
        return pairs

    def _closest_lengths(self, sets: Counter[tuple[int, ...]]) -> np.ndarray:
        """Sum over pairs of the closest reference's length, for a sentence of each length."""
        said = np.arange(self._length.max() + 1)
        total = np.zeros(len(said))
        for texts, times in sets.items():
            lengths = np.unique(self._length[list(texts)])  # Sorted: the shorter of two counts.
            nearest = np.abs(lengths[:, None] - said).argmin(axis=0)
            total += times * lengths[nearest]
        return total

    def _cider(self, sets: Counter[tuple[int, ...]]) -> np.ndarray:
        """Sum of CIDEr-D over the pairs."""
        share = np.zeros(len(self.sentences))
        for texts, times in sets.items():
            for i in texts:
                share[i] += times / len(texts)
        order, idf = self._order[self._thing], self._idf[self._thing]
        norm = self._norm[self._sentence, order]
        unit = np.divide(idf, norm, out=np.zeros_like(norm), where=norm > 0)
        values = np.zeros(len(unit))
        for length in np.unique(self._length):
            penalty = np.exp(-((self._length - length) ** 2) / (2 * _SIGMA**2))
            weight = (share * penalty)[self._sentence] * self._count * unit
            of_this_length = self._length[self._sentence] == length
            met = np.bincount(self._thing, weight, len(self._order))
            values[of_this_length] = met[self._thing[of_this_length]]
        return 10 / _ORDERS * self._by_order(values * unit).sum(axis=1)


def _ngrams(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for n in range(1, _ORDERS + 1):
        for i in range(len(words) - n + 1):
            yield tuple(words[i : i + n])
