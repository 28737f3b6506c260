"""CSM, the change-sensitive metric of HCFNet (2026)."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrsicc.utils.text_files import read_json

_N = 4
_HIGHEST_LEVEL = 3

#: Avoids the logarithm of 0.
_TINY = 1e-12

_Ngram = tuple[str, ...]


class ChangeSensitive:
    """CSM-1 to CSM-4: BLEU's precision, with a penalty for every unmatched n-gram.

    A word has a level from 0 to 3 in each of two lists, by how large the thing is that it names
    (spatial scale) and how far the change goes (change extent); words in no list have level 0. An
    n-gram that a reference has counts 1, as often as any one reference has it. Any other counts the
    best mean over its positions against another n-gram of the references, and at most 0: 1 for
    equal words, else -1, -2 or -3 for levels that differ by 0, 1 or more, averaged over both lists.
    Precisions below 0 are 0; their geometric mean up to order k, with BLEU's brevity penalty, is
    CSM-k.

    It is a metric of single sentences: of a set it is the mean. Words are what stands between
    spaces.

    The lists are not part of this toolbox: they are the judgement of HCFNet's authors, whose
    repository (Hope21maker/HCFNet) has them without a licence. Scores with other lists, or without,
    are not comparable with published ones.

    Args:
        spatial_scale: Levels by word.
        change_extent: The same of the other list.
    """

    def __init__(self, spatial_scale: Mapping[str, int], change_extent: Mapping[str, int]) -> None:
        self._lists = (spatial_scale, change_extent)
        self._score = cache(self._score_of_pair)
        self._similarity = cache(self._similarity_of_words)

    def __call__(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> NDArray:
        """CSM-1 to CSM-4 of each pair, (pairs, 4), as fractions."""
        rows = [self._score(predictions[pair], tuple(texts)) for pair, texts in references.items()]
        return np.array(rows, float)

    def _score_of_pair(self, prediction: str, references: tuple[str, ...]) -> list[float]:
        words, others = prediction.split(), [text.split() for text in references]
        precisions = [self._precision(words, others, n) for n in range(1, _N + 1)]
        logs = np.cumsum([math.log(max(_TINY, p)) for p in precisions])
        # If two references are equally close in length, the first counts, not the shorter.
        closest = min((len(other) for other in others), key=lambda n: abs(n - len(words)))
        penalty = math.exp(min(0.0, 1 - closest / max(len(words), 1)))
        return [penalty * math.exp(log / k) for k, log in enumerate(logs, start=1)]

    def _precision(self, words: list[str], references: list[list[str]], n: int) -> float:
        said = _ngrams(words, n)
        if not said:
            return 0.0
        allowed: Counter[_Ngram] = Counter()
        for other in references:
            allowed |= Counter(_ngrams(other, n))  # The larger count of each.
        total = 0.0
        for ngram, times in Counter(said).items():
            met = min(times, allowed[ngram])
            total += met + (times - met) * min(0.0, self._best(ngram, allowed))
        return max(0.0, total / len(said))

    def _best(self, ngram: _Ngram, others: Counter[_Ngram]) -> float:
        """Best match with another n-gram; that of wholly different words if there is none."""
        sums = (sum(map(self._similarity, ngram, other)) for other in others if other != ngram)
        return max(sums, default=-float(len(ngram))) / len(ngram)

    def _similarity_of_words(self, word: str, other: str) -> float:
        if word == other:
            return 1.0
        gaps = [abs(levels.get(word, 0) - levels.get(other, 0)) for levels in self._lists]
        return -sum(1 + min(gap, 2) for gap in gaps) / len(gaps)


def read_levels(path: str | Path) -> dict[str, int]:
    """Levels by word from a JSON file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds anything but levels from 0 to 3 by word.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"no list of levels at {path}: get 'Spatial Scale.json' and 'Change Extent.json' from "
            "HCFNet's authors (github.com/Hope21maker/HCFNet)"
        )
    levels = read_json(path)
    known = range(_HIGHEST_LEVEL + 1)
    if not isinstance(levels, dict) or not all(
        type(level) is int and level in known for level in levels.values()
    ):
        raise ValueError(f'{path} must hold levels from 0 to 3 by word, like {{"house": 2}}')
    return levels


def _ngrams(words: Sequence[str], n: int) -> list[_Ngram]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
