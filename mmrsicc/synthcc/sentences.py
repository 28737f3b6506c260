"""The grammar: five sentences about the events of a pair, in the register of LEVIR-CC.

Every sentence names every event: what it is and what happened to it. The details (exact number,
place, neighbour, land cover) take turns, so that the five together tell all of them.
"""

from collections import deque
from collections.abc import Sequence
from random import Random

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.synthcc.kinds import COUNTED
from mmrsicc.synthcc.scene import Event

SENTENCES = 5

#: Singular and plural of each kind, in all its names.
_NOUNS: dict[str, tuple[tuple[str, str], ...]] = {
    "house": (("house", "houses"), ("small house", "small houses")),
    "villa": (("villa", "villas"),),
    "building": (("building", "buildings"), ("large building", "large buildings")),
    "road": (("road", "roads"),),
    "parking lot": (("parking lot", "parking lots"),),
    "playground": (("playground", "playgrounds"), ("sports field", "sports fields")),
    "swimming pool": (("swimming pool", "swimming pools"), ("pool", "pools")),
    "lake": (("lake", "lakes"), ("pond", "ponds")),
    "woods": (("patch of woods", "woods"), ("patch of forest", "woods")),
    "tree": (("tree", "trees"),),
}
_NUMERALS = ("", "one", "two", "three", "four", "five")

#: Verb phrases for one and for several, by change and by what suits the kind.
_Verbs = tuple[tuple[str, str], ...]
_BUILT: _Verbs = (
    ("is built", "are built"),
    ("is constructed", "are constructed"),
    ("has been built", "have been built"),
)
_SEEN: _Verbs = (
    ("appears", "appear"),
    ("has appeared", "have appeared"),
    ("shows up", "show up"),
)
_PLANTED: _Verbs = (("is planted", "are planted"), ("has been planted", "have been planted"))
_GONE: _Verbs = (("disappears", "disappear"), ("has disappeared", "have disappeared"))
_REMOVED: _Verbs = (("is removed", "are removed"), ("has been removed", "have been removed"))
_DEMOLISHED: _Verbs = (
    ("is demolished", "are demolished"),
    ("has been torn down", "have been torn down"),
)
_FELLED: _Verbs = (("is cut down", "are cut down"), ("has been cleared", "have been cleared"))
_LARGER: _Verbs = (
    ("becomes larger", "become larger"),
    ("has been enlarged", "have been enlarged"),
    ("is expanded", "are expanded"),
)
_LONGER: _Verbs = (
    ("is extended", "are extended"),
    ("has been extended", "have been extended"),
    ("gets longer", "get longer"),
)
_SMALLER: _Verbs = (
    ("becomes smaller", "become smaller"),
    ("has shrunk", "have shrunk"),
    ("is reduced in size", "are reduced in size"),
)

_HOUSES = ("house", "villa", "building")
_GREEN = ("woods", "tree")

#: Details in the order that they follow one another in a sentence.
_DETAILS = ("relation", "land", "place")
_PLACES = {
    "top left": ("in the top left corner", "at the top left"),
    "top": ("at the top", "on the top side"),
    "top right": ("in the top right corner", "at the top right"),
    "left": ("on the left side", "on the left"),
    "center": ("in the center", "in the middle"),
    "right": ("on the right side", "on the right"),
    "bottom left": ("in the bottom left corner", "at the bottom left"),
    "bottom": ("at the bottom", "on the bottom side"),
    "bottom right": ("in the bottom right corner", "at the bottom right"),
}
_LANDS = {
    "bareland": ("on the bareland", "on the bare ground"),
    "grassland": ("on the grassland", "on the meadow"),
    "farmland": ("in the farmland", "in the fields"),
    "woods": ("in the woods", "in the forest"),
    "desert": ("in the desert",),
}
#: Of which events each sentence tells a detail. An event has up to three, and each comes up; where
#: three events share a sentence, two fit.
_TURNS: dict[int, tuple[tuple[int, ...], ...]] = {
    1: ((0,),) * 5,
    2: ((0, 1),) * 5,
    3: ((0, 0), (1, 1), (2, 2), (0, 1), (2, 0)),
}
_BESIDE = ("beside", "next to", "near")
_ALONG = ("along", "beside")


def write_sentences(random: Random, events: Sequence[Event]) -> list[str]:
    """Five sentences; for a pair without events the five fixed ones.

    Args:
        random: Source of all choices.
        events: What changed, largest first.
    """
    if not events:
        return random.sample(sorted(NO_CHANGE_SENTENCES), SENTENCES)
    untold = [deque(random.sample(_details_of(event), len(_details_of(event)))) for event in events]
    written = [_sentence(random, events, untold, number) for number in range(SENTENCES)]
    return random.sample(written, SENTENCES)


def _sentence(
    random: Random, events: Sequence[Event], untold: list[deque[str]], number: int
) -> str:
    """Sentence ``number``; the details that it tells go to the end of their queues."""
    exact = number % 2 == 0 or random.random() < 0.4
    if len(events) == 2 and number % 2 and _same_verb(*events):
        return _together(random, events, exact)
    turns = list(_TURNS[len(events)][number])
    if len(events) == 1 and random.random() < 0.5:
        turns.append(0)
    chosen: list[set[str]] = [set() for _ in events]
    for index in turns:
        if untold[index]:
            chosen[index].add(untold[index][0])
            untold[index].rotate(-1)
    clauses: list[str] = []
    for event, names in zip(events, chosen, strict=True):
        details = [_tell(random, event, name) for name in _DETAILS if name in names]
        clauses.append(_clause(random, event, details, exact, first=not clauses))
    joints = random.choice((("and", "while"), ("while", "and"), ("and", "and")))
    sentence = clauses[0]
    for joint, clause in zip(joints, clauses[1:], strict=False):
        sentence += f" {joint} {clause}"
    return sentence


def _clause(random: Random, event: Event, details: list[str], exact: bool, first: bool) -> str:
    """One event, with the details before or after it."""
    core = _core(random, event, exact)
    # Only the first clause may begin with a detail: later it would attach to the clause before.
    if first and len(details) == 1 and random.random() < 0.15:
        return f"{details[0]} {core}"
    return " ".join([core, *details])


def _core(random: Random, event: Event, exact: bool) -> str:
    what = _noun_phrase(random, event, exact)
    if event.change == "replace":
        assert event.replaced is not None
        return _replacement(random, event, what)
    if event.change == "appear" and random.random() < 0.15:
        new = _noun_phrase(random, event, exact, adjective="new")
        return f"there {'is' if _is_one(event, new) else 'are'} {new}"
    if event.change in ("extend", "shrink"):
        what = "the " + _noun(random, event.kind, 1).removeprefix("patch of ")
        one = not what.endswith("woods")
        return f"{what} {_verb(random, event, one)}"
    return f"{what} {_verb(random, event, _is_one(event, what))}"


def _replacement(random: Random, event: Event, what: str) -> str:
    old = _old_noun(event)
    be = "are" if old.endswith("s") else "is"
    built = "is" if _is_one(event, what) else "are"
    return random.choice(
        (
            f"{old} {be} replaced by {what}",
            f"{what} {'replaces' if built == 'is' else 'replace'} {old}",
            f"{what} {built} built in place of {old}",
        )
    )


def _together(random: Random, events: Sequence[Event], exact: bool) -> str:
    """Two events under one verb, with a detail that both share."""
    first, second = events
    subjects = " and ".join(_noun_phrase(random, event, exact) for event in events)
    verb = _verb(random, first, one=False, other=second)
    shared = [name for name in _details_of(first) if _same_detail(first, second, name)]
    told = [_tell(random, first, random.choice(shared))] if shared else []
    return " ".join([subjects, verb, *told])


def _same_verb(first: Event, second: Event) -> bool:
    return first.change == second.change and first.change in ("appear", "disappear")


def _same_detail(first: Event, second: Event, name: str) -> bool:
    """Whether a detail of the first event is also said of the second in the same words."""
    if name == "relation":
        return first.relations[:1] == second.relations[:1]
    return getattr(first, name) == getattr(second, name)


def _noun_phrase(random: Random, event: Event, exact: bool, adjective: str = "") -> str:
    """The thing with its number: exact, or in the words of someone who did not count."""
    count, kind = event.count, event.kind
    vague = ["some"] if count >= 2 else []
    vague += ["several"] if count >= 3 else []
    vague += ["many"] if count >= 4 else []
    vague += ["a row of"] if count >= 3 and not adjective else []
    if kind in COUNTED and vague and not exact:
        number = random.choice(vague)
    else:
        number = _NUMERALS[count] if count > 1 or random.random() < 0.2 else "a"
    return " ".join(filter(None, [number, adjective, _noun(random, kind, count)]))


def _is_one(event: Event, phrase: str) -> bool:
    return event.count == 1 or phrase.startswith("a row")


def _noun(random: Random, kind: str, count: int) -> str:
    return random.choice(_NOUNS[kind])[0 if count == 1 else 1]


def _old_noun(event: Event) -> str:
    """Noun of what was replaced, as the reader already knows it."""
    assert event.replaced is not None
    if event.replaced in COUNTED:
        return f"the old {_NOUNS[event.replaced][0][0 if event.replaced_count == 1 else 1]}"
    return f"the {event.replaced}"


def _verb(random: Random, event: Event, one: bool, other: Event | None = None) -> str:
    options = _verbs(event)
    if other is not None:
        options = tuple(verb for verb in options if verb in _verbs(other))
    return random.choice(options)[0 if one else 1]


def _verbs(event: Event) -> _Verbs:
    """Verbs for this kind and this change."""
    kind, change = event.kind, event.change
    if change == "appear":
        return _SEEN + (_PLANTED if kind in _GREEN else () if kind == "lake" else _BUILT)
    if change == "disappear":
        own = _FELLED if kind in _GREEN else _DEMOLISHED if kind in _HOUSES else ()
        return _GONE + (() if kind == "lake" else _REMOVED) + own
    if change == "extend":
        return _LONGER if kind == "road" else _LARGER
    return _SMALLER


def _details_of(event: Event) -> list[str]:
    """Details of an event besides kind, number and change."""
    found = {"relation": bool(event.relations), "land": event.land, "place": event.place}
    return [name for name in _DETAILS if found[name]]


def _tell(random: Random, event: Event, name: str) -> str:
    if name == "place":
        assert event.place is not None
        end = " of the scene" if random.random() < 0.4 else ""
        return random.choice(_PLACES[event.place]) + end
    if name == "land":
        return random.choice(_LANDS[event.land])
    preposition, thing = event.relations[0]
    return f"{random.choice(_ALONG if preposition == 'along' else _BESIDE)} the {thing}"
