"""Lexicon lookup: the concepts that a sentence names."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from mmrsicc.datasets.concepts import (
    ACTIONS,
    COUNTS,
    FUNCTION_WORDS,
    OBJECTS,
    PLACES,
    UNSCORED,
)
from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.datasets.transforms.directions import rewrite_directions

#: Categories of concepts, each scored separately.
CATEGORIES = ("objects", "actions", "places", "counts", "directions")

_DIRECTIONS = {
    "top": ("top", "up", "high", "above", "north"),
    "bottom": ("bottom", "low", "down", "south"),
    "left": ("left", "west"),
    "right": ("right", "east"),
}
_LONGEST = 4
_WORD = re.compile("[a-z]+")
_FUNCTION_WORDS = frozenset(FUNCTION_WORDS.split())
_UNSCORED = frozenset(UNSCORED.split())


def _table(concepts: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Concept by phrase."""
    table = {
        tuple(phrase.split()): concept
        for concept, phrases in concepts.items()
        for phrase in phrases.split(", ")
    }
    assert max(map(len, table)) <= _LONGEST
    return table


_TABLES = {
    "objects": _table(OBJECTS),
    "actions": _table(ACTIONS),
    "places": _table(PLACES),
    "counts": _table(COUNTS),
}


@lru_cache(maxsize=65536)
def named(sentence: str) -> dict[str, frozenset[str]]:
    """The concepts that a sentence names, by each of :data:`CATEGORIES`.

    Each category is read by itself from left to right, and the longest phrase that fits counts. A
    no-change sentence names nothing: "there is no difference" is no action.
    """
    if is_no_change(sentence):
        return dict.fromkeys(CATEGORIES, frozenset())
    words = _words(sentence)
    found = {
        category: frozenset(concept for concept, _, _ in _phrases(words, table) if concept)
        for category, table in _TABLES.items()
    }
    found["directions"] = frozenset(name for _, name in _directions(sentence))
    return found


def phrases(sentence: str, category: str) -> list[tuple[str, int, int]]:
    """Concepts of a category, with where in the sentence their phrases begin and end.

    Args:
        sentence: Any sentence.
        category: Of :data:`CATEGORIES`, all but directions.
    """
    places = [match.span() for match in _WORD.finditer(sentence.lower())]
    found = _phrases(_words(sentence), _TABLES[category])
    return [(c, places[first][0], places[last - 1][1]) for c, first, last in found if c]


def unknown_words(sentences: Iterable[str]) -> tuple[float, Counter[str]]:
    """Words of the sentences that the lexicon does not know, and their share.

    Returns:
        The share of content words (all but function words) that are part of what a category reads,
        and the number of times that each of the others occurs, without those of which
        :data:`~mmrsicc.datasets.concepts.UNSCORED` says that no score asks for them.
    """
    known = total = 0
    unknown: Counter[str] = Counter()
    for sentence in sentences:
        words = _words(sentence)
        read = {place for place, _ in _directions(sentence)}
        for table in _TABLES.values():
            for _, start, end in _phrases(words, table):
                read.update(range(start, end))
        for place, word in enumerate(words):
            if word not in _FUNCTION_WORDS:
                total += 1
                known += place in read
                if place not in read and word not in _UNSCORED:
                    unknown[word] += 1
    return known / max(total, 1), unknown


def _words(sentence: str) -> list[str]:
    return _WORD.findall(sentence.lower())


def _phrases(
    words: Sequence[str], table: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[str, int, int]]:
    """Concepts, with where their words begin and end."""
    start = 0
    while start < len(words):
        for length in range(_LONGEST, 0, -1):
            concept = table.get(tuple(words[start : start + length]))
            if concept is not None:
                yield concept, start, min(start + length, len(words))
                start += length
                break
        else:
            start += 1


def _directions(sentence: str) -> Iterator[tuple[int, str]]:
    """Places of direction words among all words, and the directions; "northwest" has two.

    A direction word is what half a turn rewrites: so "have left" and "cut down" have none.
    """
    words = _words(sentence)
    turned = _words(rewrite_directions(sentence, "rot180"))
    for place, (word, other) in enumerate(zip(words, turned, strict=True)):
        if word != other:
            for name, stems in _DIRECTIONS.items():
                if any(stem in word for stem in stems):
                    yield place, name
