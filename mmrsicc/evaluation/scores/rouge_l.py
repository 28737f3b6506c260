"""ROUGE-L by bits: the longest common subsequence in one addition a word."""

from collections.abc import Mapping, Sequence
from functools import cache

_BETA = 1.2


class RougeL:
    """ROUGE-L (Lin, 2004) of sentences, as pycocoevalcap defines it: the best precision and the
    best recall over the references, perhaps of two of them, with beta 1.2.

    Words are parted by single spaces. A pair that comes again is not computed again.
    """

    def __init__(self) -> None:
        self._score = cache(_score)

    def __call__(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> list[float]:
        """The score of each pair, as a fraction; an empty prediction scores 0."""
        return [self._score(predictions[pair], tuple(texts)) for pair, texts in references.items()]


def _score(prediction: str, references: tuple[str, ...]) -> float:
    words = prediction.split()
    common = [(_common(words, text.split()), len(text.split())) for text in references]
    longest = max(length for length, _ in common)
    if not longest:
        return 0.0
    precision = longest / len(words)
    recall = max(length / total for length, total in common)
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words of the longest common subsequence (Hyyrö, "Bit-parallel LCS-length computation
    revisited", 2004): bit i of the row is 0 where the i-th column of the usual table steps up.
    """
    places: dict[str, int] = {}
    for i, word in enumerate(other):
        places[word] = places.get(word, 0) | 1 << i
    full = (1 << len(other)) - 1
    row = full
    for word in one:
        hits = row & places.get(word, 0)
        row = (row + hits) | (row - hits)
    return len(other) - (row & full).bit_count()
