"""The eight orientations of an image, and what they do to the direction words of a sentence.

A mirrored pair needs a mirrored sentence: "a house appears in the upper left corner" becomes "a
house appears in the upper right corner". Mirroring twice restores a sentence, but for "higher
right", which becomes "upper right". A quarter turn and its inverse restore it up to synonyms, since
sideways there is only "left" for "top", "upper" and "above".
"""

import re
from dataclasses import dataclass

import numpy as np

#: (mirror left to right first, then so many quarter turns counter-clockwise) by name.
ORIENTATIONS: dict[str, tuple[bool, int]] = {
    "identity": (False, 0),
    "rot90": (False, 1),
    "rot180": (False, 2),
    "rot270": (False, 3),
    "flip_horizontal": (True, 0),
    "transpose": (True, 1),
    "flip_vertical": (True, 2),
    "anti_transpose": (True, 3),
}

# Stems of the four directions, clockwise from the top, in each style of speech.
_STYLES = {
    "plain": ("top", "right", "bottom", "left"),
    "upper": ("upper", "right", "lower", "left"),
    "higher": ("higher", "right", "lower", "left"),
    "up": ("up", "right", "down", "left"),
    "above": ("above", "right", "below", "left"),
    "compass": ("north", "east", "south", "west"),
}
_STEMS: dict[str, tuple[int, str]] = {}
for _style, _stems in _STYLES.items():
    for _direction, _stem in enumerate(_stems):
        _STEMS.setdefault(_stem, (_direction, _style))

_AXES = {"horizontal": "vertical", "horizontally": "vertically"}
_AXES.update({b: a for a, b in _AXES.items()})

# A word, "northwest" as two; or what stands between words.
_PIECE = re.compile(r"(?:north|south)(?=east|west)|[^\W\d_]+|[\W\d_]+", re.IGNORECASE)
_DIRECTION = re.compile(
    r"(top|bottom|left|right|upper|lower)(most)|(up|down|left|right)(wards?)"
    r"|(north|south|east|west)(ern|erly|ernmost|wards?|bound)|(\w+)()"
)
# Beside these, "left" and "lower" are places: not "the cars have left", "lower buildings".
_BEFORE = re.compile(
    "the|its|their|on|in|at|to|from|of|far|immediate|turn|turns|turned|middle|center|centre|central"
)
# Before these, "left of" may say what remains: "what is left of the forest".
_REMAINS = re.compile("is|are|was|were|been|be|what|all|little|nothing|much|none|few|s")
_AFTER = re.compile(
    "sides?|corners?|parts?|half|areas?|edges?|end|hand|middle|cent(er|re)|portion|section|region"
    "|quarter"
)
_OBJECT = re.compile("the|an?|it|them|this|that|these|those|its|their|some|both")


@dataclass(frozen=True)
class _Place:
    """A direction word: clockwise index from the top, style, and ending ("most", "ern")."""

    direction: int
    style: str
    suffix: str

    @property
    def vertical(self) -> bool:
        return self.direction % 2 == 0


def orient(array: np.ndarray, orientation: str) -> np.ndarray:
    """An (H, W, ...) array in one of the eight :data:`ORIENTATIONS`, as a view."""
    mirrored, turns = ORIENTATIONS[orientation]
    return np.rot90(array[:, ::-1] if mirrored else array, turns)


def rewrite_directions(sentence: str, orientation: str) -> str:
    """Sentence about an image, rewritten for the image in another orientation.

    Rewritten are left and right, top and bottom, upper and lower, above and below, the points of
    the compass, and horizontal and vertical, with their compounds ("lower-left", "northwestern").
    Words that look like directions but are none here ("have left", "right angle", "cut down")
    stay.

    Args:
        sentence: Any sentence; case and punctuation are kept.
        orientation: Name from :data:`ORIENTATIONS`.
    """
    mirrored, turns = ORIENTATIONS[orientation]
    pieces = _PIECE.findall(sentence)
    places = _find_places(pieces)
    turned = {d: ((-d if mirrored else d) - turns) % 4 for d in range(4)}
    if turns % 2 == 0:
        for i, place in places.items():
            stem = _STYLES[place.style][turned[place.direction]]
            pieces[i] = _like(pieces[i], stem + place.suffix)
    else:
        _quarter_turn(pieces, places, turned)
    return "".join(pieces)


def _find_places(pieces: list[str]) -> dict[int, _Place]:
    """Direction words among the pieces, by position."""
    words = [piece.lower() for piece in pieces]
    candidates = {i: place for i, word in enumerate(words) if (place := _parse(word))}
    places: dict[int, _Place] = {}
    for i, place in candidates.items():
        before = _neighbour(words, i, -1)
        after = _neighbour(words, i, +1)
        joined = before is not None and (
            (before in places and places[before].vertical != place.vertical)
            or (words[before] in ("and", "or") and _neighbour(words, before, -1) in places)
        )
        follows = before is not None and _BEFORE.fullmatch(words[before]) is not None
        beyond = _neighbour(words, after, +1) if after is not None else None
        precedes = after is not None and (
            _AFTER.fullmatch(words[after]) is not None
            or (after in candidates and candidates[after].vertical != place.vertical)
            or (words[after] in ("and", "or") and beyond in candidates)  # "upper and lower"
        )
        if after is not None and words[after].startswith("angle"):
            continue  # "right angle"
        if place.style == "above":
            certain = before is None or words[before] != "from"
        elif place.style == "up":
            certain = bool(place.suffix) or joined or (follows and precedes)
        elif words[i] == "higher":
            certain = joined or precedes
        elif words[i] in ("left", "right", "lower"):
            certain = joined or follows or precedes or _stands_alone(words, i, before)
        else:
            certain = True
        if certain:
            places[i] = place
    return places


def _stands_alone(words: list[str], i: int, before: int | None) -> bool:
    """Whether "left" or "right" is a place without an article, as in "left of the road"."""
    if words[i] == "lower":
        return False
    if _bare_of(words, i) is not None:
        return before is None or _REMAINS.fullmatch(words[before]) is None
    return before is not None and words[before] == "s" and words[before - 1] in ("'", "\u2019")


def _bare_of(words: list[str], i: int) -> int | None:
    """Position of the "of" after a word without an article, as in "left of the road"."""
    before, after = _neighbour(words, i, -1), _neighbour(words, i, +1)
    if after is None or words[after] != "of":
        return None
    if before is not None and (words[before] in ("and", "or") or _BEFORE.fullmatch(words[before])):
        return None
    beyond = _neighbour(words, after, +1)
    return None if beyond is not None and words[beyond] == "way" else after


def _parse(word: str) -> _Place | None:
    """A word's direction, as far as the word alone tells."""
    match = _DIRECTION.fullmatch(word)
    if match is None:
        return None
    stem, suffix = (group for group in match.groups() if group is not None)
    if stem not in _STEMS:
        return None
    direction, style = _STEMS[stem]
    return _Place(
        direction, "up" if suffix.startswith("ward") and style == "plain" else style, suffix
    )


def _neighbour(words: list[str], i: int, step: int) -> int | None:
    """Position of the next word in one direction, if only a space or a hyphen lies between."""
    i += step
    if 0 <= i < len(words) and words[i] in (" ", "-"):
        i += step
    return i if 0 <= i < len(words) and words[i].isalpha() else None


def _quarter_turn(pieces: list[str], places: dict[int, _Place], turned: dict[int, int]) -> None:
    """Rewrite pieces in place where the axes swap."""
    words = [piece.lower() for piece in pieces]
    for i, word in enumerate(words):
        # "Vertical to the road" is perpendicular, however the image is turned.
        beyond = _neighbour(words, i, +1) if word in _AXES else None
        if word in _AXES and (beyond is None or words[beyond] != "to"):
            pieces[i] = _like(pieces[i], _AXES[word])
    remaining = dict(places)
    for i, place in places.items():
        if remaining.pop(i, None) is None:
            continue
        j = _neighbour(words, i, +1)
        partner = remaining.get(j) if j is not None else None
        if j is not None and partner is not None and partner.vertical != place.vertical:
            # "upper left" stays in this order, so each word takes what the other has become.
            del remaining[j]
            for k, own, other in ((i, place, partner), (j, partner, place)):
                stem = _STYLES[own.style][turned[other.direction]]
                pieces[k] = _like(pieces[k], stem + own.suffix)
        else:
            stem = _STYLES[place.style][turned[place.direction]]
            of = None if place.vertical else _bare_of(words, i)
            if of is not None and place.style == "plain" and not place.suffix:
                # "left of the road": "above the road".
                pieces[i] = _like(pieces[i], {"top": "above", "bottom": "below"}[stem])
                pieces[of - 1] = pieces[of] = ""
                continue
            pieces[i] = _like(pieces[i], _single(words, i, place, stem))
            if j is not None and words[j] == "hand" and not place.vertical:
                pieces[j - 1] = pieces[j] = ""  # "on the left-hand side": "on the top side"


def _single(words: list[str], i: int, place: _Place, stem: str) -> str:
    """A turned direction word that stands alone, with what grammar asks for around it."""
    if place.style == "above":
        after = _neighbour(words, i, +1)
        is_preposition = after is not None and _OBJECT.fullmatch(words[after]) is not None
        return f"to the {stem} of" if is_preposition else f"on the {stem}"
    before = _neighbour(words, i, -1)
    bare = before is not None and words[before] in ("on", "at", "in", "to")
    if place.vertical and bare and not place.suffix and place.style != "compass":
        return f"the {stem}"  # "on top of": "on the left of"
    return stem + place.suffix


def _like(model: str, text: str) -> str:
    """Text with the first letter's case taken from a model."""
    return text[:1].upper() + text[1:] if model[:1].isupper() else text
