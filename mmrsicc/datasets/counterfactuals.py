"""Counterfactuals: sentences with one fact changed, so that they are false for their pair.

They are what sentence embeddings hardly tell from the sentence itself: another direction, another
thing, another number, "appears" for "disappears". The words are those of the lexicon
(:mod:`mmrsicc.datasets.lexicon`), directions are mirrored as
:mod:`mmrsicc.datasets.transforms.directions` mirrors them. Foils of captions are made alike in FOIL
(Shekhar et al. 2017).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from mmrsicc.datasets.lexicon import named, phrases
from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.datasets.transforms.directions import rewrite_directions

#: Maximum number of counterfactuals per sentence and category; each must be embedded.
PER_CATEGORY = 2

#: Objects to insert: singular, plural, and the concepts that annotators may confuse with them. Only
#: common objects: a loss would learn that a sentence with a rare one is never true.
_THINGS = (
    ("house", "houses", frozenset({"house", "villa", "building"})),
    ("road", "roads", frozenset({"road", "crossing", "bridge"})),
    ("parking lot", "parking lots", frozenset({"parking lot", "square", "paved ground"})),
    ("tree", "trees", frozenset({"vegetation", "grass", "field"})),
)
#: Phrases that an object can replace without breaking the grammar.
_ONE = frozenset(
    {
        *("house", "villa", "mansion", "bungalow", "building", "residential area", "road", "path"),
        *("street", "crossroad", "bridge", "parking lot", "playground", "sports field", "square"),
        *("swimming pool", "pool", "lake", "pond", "tree"),
    }
)
_SEVERAL = frozenset(f"{phrase}s" for phrase in _ONE)

#: Numbers that replace each other; none of them may describe the same count.
_NUMBERS = {
    "two": ("three", "four", "many"),
    "three": ("two", "four", "five"),
    "four": ("two", "three", "five"),
    "five": ("two", "three", "four"),
    "many": ("two", "three"),
}

#: Verbs by their opposites; the first of the two lists is read both ways.
_OPPOSITES = {
    "appear": "disappear",
    "appears": "disappears",
    "appeared": "disappeared",
    "appearing": "disappearing",
    "becomes larger": "becomes smaller",
    "become larger": "become smaller",
    "has been enlarged": "has shrunk",
    "is expanded": "is reduced in size",
}
_OPPOSITES |= {b: a for a, b in _OPPOSITES.items()}
_OPPOSITES |= {
    "show up": "disappear",
    "shows up": "disappears",
    "emerge": "disappear",
    "emerges": "disappears",
    "vanish": "appear",
    "vanishes": "appears",
}
_BUILT = ("built", "constructed", "erected", "added")
_VERB = re.compile(
    rf"\b(?P<whole>{'|'.join(sorted(_OPPOSITES, key=len, reverse=True))})\b"
    r"|\b(?:is|are|was|were|be|been|being) (?P<done>built|constructed|erected|added|planted"
    r"|removed|demolished|torn down|pulled down|knocked down|cleared|cut down)\b"
    r"(?! in (?:the )?place of)"
)
_GREEN = ("vegetation", "grass", "field")


@dataclass(frozen=True)
class Counterfactual:
    """Sentence with one fact changed.

    Attributes:
        text: The sentence.
        category: Category of the fact, of the lexicon's.
        doubtful: Concepts of that category: if another sentence about the same pair names one, it
            is doubtful that this one is false.
    """

    text: str
    category: str
    doubtful: frozenset[str]


def hard_negatives(sentence: str, references: Sequence[str]) -> list[Counterfactual]:
    """Counterfactuals of a sentence that no reference of its pair equals or supports.

    Args:
        sentence: About the pair.
        references: All sentences about the pair.
    """
    said = frozenset().union(*map(_said, references))
    return [
        c
        for c in counterfactuals(sentence)
        if c.text not in references and not said & {(c.category, name) for name in c.doubtful}
    ]


@lru_cache(maxsize=65536)
def counterfactuals(sentence: str) -> tuple[Counterfactual, ...]:
    """Up to :data:`PER_CATEGORY` counterfactuals of a sentence in each category, always the same.

    One that denies a change has none. Whether they are false of a pair is for
    :func:`hard_negatives` to say.
    """
    if is_no_change(sentence):
        return ()
    known = _said(sentence)
    found: list[Counterfactual] = []
    for category, edits in (
        ("directions", _mirrored(sentence)),
        ("objects", _other_things(sentence)),
        ("counts", _other_numbers(sentence)),
        ("actions", _opposite_actions(sentence)),
    ):
        made: dict[str, Counterfactual] = {}
        for text, alike in edits:
            new = {name for kind, name in _said(text) - known if kind == category}
            if new:
                doubtful = alike or frozenset(new)
                made[text] = Counterfactual(text, category, doubtful)
        # A pseudo-random order that is the same in every run, since embeddings are cached.
        drawn = sorted(made, key=lambda text: (crc32(text.encode()), text))
        found += [made[text] for text in drawn[:PER_CATEGORY]]
    return tuple(found)


@lru_cache(maxsize=65536)
def _said(sentence: str) -> frozenset[tuple[str, str]]:
    """Concepts that a sentence names, each with its category."""
    return frozenset(
        (category, name) for category, names in named(sentence).items() for name in names
    )


#: Sentences, and what else they might mean; nothing where that is just what they newly name.
_Edits = Iterator[tuple[str, frozenset[str]]]


def _mirrored(sentence: str) -> _Edits:
    for orientation in ("flip_horizontal", "flip_vertical"):
        yield rewrite_directions(sentence, orientation), frozenset()


def _other_things(sentence: str) -> _Edits:
    lowered = sentence.lower()
    for concept, start, end in phrases(sentence, "objects"):
        phrase = lowered[start:end]
        if phrase not in _ONE | _SEVERAL:
            continue
        for one, several, alike in _THINGS:
            if concept not in alike:
                put_in = several if phrase in _SEVERAL else one
                opening = re.sub(r"\ban $", "a ", sentence[:start])
                yield opening + put_in + sentence[end:], alike


def _other_numbers(sentence: str) -> _Edits:
    lowered = sentence.lower()
    for _, start, end in phrases(sentence, "counts"):
        for other in _NUMBERS.get(lowered[start:end], ()):
            alike = frozenset({"many", "some"} if other == "many" else ())
            yield sentence[:start] + other + sentence[end:], alike


def _opposite_actions(sentence: str) -> _Edits:
    for match in _VERB.finditer(sentence.lower()):
        group = "whole" if match["whole"] else "done"
        start, end = match.span(group)
        if match["whole"]:
            other = _OPPOSITES[match["whole"]]
        elif match["done"] in _BUILT:
            other = "removed"
        elif match["done"] == "planted":
            other = "cut down"
        else:
            before = [concept for concept, _, stop in phrases(sentence, "objects") if stop < start]
            other = "planted" if before and before[-1] in _GREEN else "built"
        yield sentence[:start] + other + sentence[end:], frozenset()
