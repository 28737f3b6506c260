"""METEOR's four stages of matching words and phrases of two sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from mmrsicc.evaluation.scores.meteor15.files import Tables
from mmrsicc.utils.extras import import_extra

EXACT, STEM, SYNONYM, PARAPHRASE = range(4)

# WordNet's rules for regular forms: endings and their replacements.
_ENDINGS = (
    *(("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh")),
    *(("men", "man"), ("ies", "y")),
    *(("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", "")),
    *(("ing", "e"), ("ing", "")),
    *(("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
)


class Match(NamedTuple):
    """Words of the reference, from ``start`` on, that match words of the tested sentence."""

    start: int
    length: int
    test_start: int
    test_length: int
    stage: int


@dataclass(frozen=True)
class Sentence:
    """A sentence prepared for matching.

    Attributes:
        words: Its words.
        phrases: Where its phrases start, as far as paraphrases of them are known.
        paraphrases: By paraphrase: the start and the number of the words it may stand for.
    """

    words: tuple[str, ...]
    phrases: Mapping[str, list[int]]
    paraphrases: Mapping[str, list[tuple[int, int]]]


class WordStages:
    """Matcher of a pair of words by the first three stages; remembers every answer.

    Equal words match exactly and in no other stage. Words with the same stem match by it, and words
    that share a set of synonyms by that, perhaps both. The original program compares words and
    stems by their hash codes alone, and so some short words are equal to it, such as "eu" and "g7".
    """

    def __init__(self, tables: Tables) -> None:
        # Imported directly: `snowballstemmer.stemmer` prefers PyStemmer, whose rules are newer.
        stemmer = import_extra("snowballstemmer.english_stemmer")
        self._tables = tables
        stem = stemmer.EnglishStemmer().stemWord
        self._word_code = cache(_hash_code)
        self._stem_code = cache(lambda word: _hash_code(stem(word)))
        self._synsets = cache(self._look_up_synsets)
        self._rows: dict[str, dict[str, tuple[int, ...]]] = {}

    def row(self, word: str, others: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The stages that match ``word`` with each of ``others``, and perhaps with more words."""
        row = self._rows.setdefault(word, {})
        for other in others:
            if other not in row:
                row[other] = self._compare(word, other)
        return row

    def _compare(self, word: str, other: str) -> tuple[int, ...]:
        if self._word_code(word) == self._word_code(other):
            return (EXACT,)
        stages = []
        if self._stem_code(word) == self._stem_code(other):
            stages.append(STEM)
        if not self._synsets(word).isdisjoint(self._synsets(other)):
            stages.append(SYNONYM)
        return tuple(stages)

    def _look_up_synsets(self, word: str) -> frozenset[str]:
        """Sets of the word itself and of its base forms."""
        synsets = self._tables.synsets
        words = [word, *self._tables.bases.get(word, [regular_base(word, synsets)])]
        return frozenset(number for w in words for number in synsets.get(w, "").split())


def _hash_code(word: str) -> int:
    """Java's hash code of a string."""
    units = word.encode("utf-16-le", "surrogatepass")
    code = 0
    for low, high in zip(units[::2], units[1::2], strict=True):
        code = (31 * code + (high << 8 | low)) % (1 << 32)
    return code


def regular_base(word: str, known: Mapping[str, str]) -> str:
    """The base form of a regular form by WordNet's rules, as far as it is known, else the word."""
    if len(word) > 2 and not word.endswith("ss"):
        for ending, replacement in _ENDINGS:
            base = word.removesuffix(ending) + replacement
            if word.endswith(ending) and base in known:
                return base
    return word


def possible_matches(test: Sentence, reference: Sentence, words: WordStages) -> list[list[Match]]:
    """Possible matches by their first word in the reference.

    Their order decides between equally good alignments: by stage, then by place in the tested
    sentence; paraphrases last, first those that the reference's phrases have.
    """
    matches: list[list[Match]] = []
    distinct = set(test.words)
    for j, word in enumerate(reference.words):
        row = words.row(word, distinct)
        here = [
            Match(j, 1, i, 1, stage) for i, other in enumerate(test.words) for stage in row[other]
        ]
        here.sort(key=lambda match: match.stage)
        matches.append(here)
    for start, length, i, test_length in _paraphrased(reference, test):
        matches[start].append(Match(start, length, i, test_length, PARAPHRASE))
    for i, test_length, start, length in _paraphrased(test, reference):
        matches[start].append(Match(start, length, i, test_length, PARAPHRASE))
    return matches


def _paraphrased(one: Sentence, other: Sentence) -> list[tuple[int, int, int, int]]:
    """Start and length of a phrase in one sentence, and of its paraphrase in the other."""
    common = one.paraphrases.keys() & other.phrases.keys()
    hits = [
        (start, length, paraphrase, place)
        for paraphrase in common
        for start, length in one.paraphrases[paraphrase]
        for place in other.phrases[paraphrase]
    ]
    return [(s, n, place, text.count(" ") + 1) for s, n, text, place in sorted(hits)]
