"""Claims of a sentence, and whether they are true of a list of events.

The words are listed here again, by meaning, apart from the grammar that writes them: a slip
in one shows against the other. Reads the sentences of the grammar and what a captioner that was
trained on them says.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.synthcc.scene import Event

_KINDS = {
    "(?:small )?houses?": "house",
    "villas?": "villa",
    "(?:large )?buildings?": "building",
    "roads?": "road",
    "parking lots?": "parking lot",
    "playgrounds?|sports fields?": "playground",
    "(?:swimming )?pools?": "swimming pool",
    "lakes?|ponds?": "lake",
    "(?:patch of )?(?:woods|forest)": "woods",
    "trees?": "tree",
}
_MANY = 99
#: Fewest and most that a number word may stand for.
_COUNTS = {
    "the(?: old)?": (1, _MANY),
    "a row of": (3, _MANY),
    "an?": (1, 1),
    "one": (1, 1),
    "two": (2, 2),
    "three": (3, 3),
    "four": (4, 4),
    "five": (5, 5),
    "some": (2, _MANY),
    "several": (3, _MANY),
    "many": (4, _MANY),
}
_CHANGES = {
    "there (?:is|are)": "appear",
    "(?:is|are|has been|have been) (?:built|constructed|planted)": "appear",
    "(?:has |have )?appear(?:s|ed)?": "appear",
    "shows? up": "appear",
    "(?:has |have )?disappear(?:s|ed)?": "disappear",
    "(?:is|are|has been|have been) (?:removed|demolished|torn down|cut down|cleared)": "disappear",
    "(?:becomes?|gets?) (?:larger|longer)": "extend",
    "(?:is|are|has been|have been) (?:extended|enlarged|expanded)": "extend",
    "(?:becomes?|gets?) smaller": "shrink",
    "(?:has|have) shrunk": "shrink",
    "(?:is|are) reduced in size": "shrink",
}
_REPLACED_BY = "(?:is|are) replaced by"
_REPLACES = "replaces?|(?:is|are) built in place of"
_PLACES = {
    "top left": "top left",
    "top right": "top right",
    "bottom left": "bottom left",
    "bottom right": "bottom right",
    "top": "top",
    "bottom": "bottom",
    "left": "left",
    "right": "right",
    "center|middle": "center",
}
_LANDS = {
    "bareland|bare ground": "bareland",
    "grassland|meadow": "grassland",
    "farmland|fields": "farmland",
    "woods|forest": "woods",
    "desert": "desert",
}


@dataclass
class Claim:
    """Claim of a sentence about one event.

    Attributes:
        kind: Of what.
        count: Fewest and most of it.
        change: What happened, or an empty string if the sentence does not say.
        replaced: What was there before, for a replacement.
        replaced_count: Fewest and most of that.
        places: Places named.
        lands: Land covers named.
        neighbours: Things that it lies along, beside or near.
    """

    kind: str
    count: tuple[int, int]
    change: str = ""
    replaced: str | None = None
    replaced_count: tuple[int, int] = (0, _MANY)
    places: set[str] = field(default_factory=set)
    lands: set[str] = field(default_factory=set)
    neighbours: set[str] = field(default_factory=set)

    def is_true_of(self, event: Event) -> bool:
        """Whether all that is claimed holds for an event."""
        return (
            (self.kind, self.change, self.replaced) == (event.kind, event.change, event.replaced)
            and self.count[0] <= event.count <= self.count[1]
            and self.replaced_count[0] <= event.replaced_count <= self.replaced_count[1]
            and self.places <= {event.place}
            and self.lands <= {event.land}
            and self.neighbours <= {_kind(thing) for _, thing in event.relations}
        )


@dataclass(frozen=True)
class Reading:
    """Reading of a sentence: its claims.

    Attributes:
        claims: One for each event that it names; none if it says that nothing changed.
        unread: Words that the reader does not know.
    """

    claims: tuple[Claim, ...]
    unread: tuple[str, ...]


def read_sentence(sentence: str) -> Reading:
    """Read a sentence from left to right.

    Things before a verb share it; details belong to the clause they end, or, at the very
    beginning, to the first one. What has no sense where it stands counts as unread: a second
    verb, a joint with nothing on one side, a number that the noun contradicts.
    """
    if is_no_change(sentence):
        return Reading((), ())
    reader = _Reader()
    position = 0
    text = " ".join(sentence.lower().strip(" .").split())
    for match in _ITEM.finditer(text):
        reader.unread += text[position : match.start()].split()
        position = match.end()
        kind = match.lastgroup or ""
        getattr(reader, f"on_{kind}")(match[kind])
    reader.unread += text[position:].split()
    return reader.reading()


def is_true(sentence: str, events: Sequence[Event]) -> bool:
    """Whether every claim of a sentence holds for an event of its own, and it has no other word.

    An empty list of events makes exactly the no-change sentences true.
    """
    reading = read_sentence(sentence)
    if reading.unread or (not reading.claims and not is_no_change(sentence)):
        return False
    if not reading.claims:
        return not events
    return any(
        all(claim.is_true_of(event) for claim, event in zip(reading.claims, chosen, strict=True))
        for chosen in permutations(events, len(reading.claims))
    )


def _meaning(table: dict[str, str], words: str) -> str:
    return next((value for pattern, value in table.items() if re.fullmatch(pattern, words)), words)


def _kind(words: str) -> str:
    return _meaning(_KINDS, words)


def _any(patterns: Iterable[str]) -> str:
    return "|".join(patterns)


_ITEM = re.compile(
    rf"\b(?:(?P<place>(?:in|at|on) the (?:{_any(_PLACES)})(?: corner| side)?(?: of the scene)?)"
    rf"|(?P<land>(?:in|on) the (?:{_any(_LANDS)}))"
    rf"|(?P<neighbour>(?:along|beside|next to|near) the (?:{_any(_KINDS)}))"
    rf"|(?P<replaced_by>{_REPLACED_BY})|(?P<replaces>{_REPLACES})"
    rf"|(?P<change>{_any(_CHANGES)})"
    rf"|(?P<thing>(?:{_any(_COUNTS)}) (?:new )?(?:{_any(_KINDS)}))"
    r"|(?P<joint>and|while))\b"
)


class _Reader:
    """Collects clauses from the parts of a sentence, in order."""

    def __init__(self) -> None:
        self.opening = Claim("", (0, 0))
        self.clauses: list[list[Claim]] = []
        self.verb = ""
        self.joint = ""
        self.unread: list[str] = []

    def reading(self) -> Reading:
        """All that was read; details at the very beginning belong to the first clause."""
        for claim in self.clauses[0] if self.clauses else []:
            claim.places |= self.opening.places
            claim.lands |= self.opening.lands
            claim.neighbours |= self.opening.neighbours
        waiting = {"and", "while", "there", "replaced by", "replaces"} & {self.joint, self.verb}
        claims = tuple(claim for clause in self.clauses for claim in clause)
        # The sentence breaks off where a thing should follow.
        return Reading(claims, (*self.unread, *sorted(waiting)))

    def on_thing(self, words: str) -> None:
        claim = _thing(words)
        if claim is None:
            self.unread += words.split()
        elif self.verb == "replaced by":
            old = self._clause().pop()
            claim.change, claim.replaced, claim.replaced_count = "replace", old.kind, old.count
            claim.places, claim.lands, claim.neighbours = old.places, old.lands, old.neighbours
            self._clause().append(claim)
            self.verb = "replace"
        elif self.verb == "replaces":
            for new in self._clause():
                new.replaced, new.replaced_count = claim.kind, claim.count
            self.verb = "replace"
        else:
            self._subject(claim)
        self.joint = ""

    def _subject(self, claim: Claim) -> None:
        """A thing that is about to have a verb, or after "there is" has one."""
        if self.verb and self.clauses and self.verb != "there" and not self.joint:
            self.unread.append(claim.kind)
        if self.verb or not self.clauses:
            self.clauses.append([])
        if self.verb == "there":
            claim.change = self.verb = "appear"
        else:
            self.verb = ""
        self._clause().append(claim)

    def on_change(self, words: str) -> None:
        if words.startswith("there"):
            if self.verb == "there" or (self.clauses and not self.joint):
                self.unread += words.split()
            self.verb, self.joint = "there", ""
        elif self.verb or self.joint or not self._clause():
            self.unread += words.split()
        else:
            self.verb = _meaning(_CHANGES, words)
            for claim in self._clause():
                claim.change = self.verb

    def on_replaced_by(self, words: str) -> None:
        self._replacement(words, "replaced by")

    def on_replaces(self, words: str) -> None:
        self._replacement(words, "replaces")

    def _replacement(self, words: str, verb: str) -> None:
        if self.verb or self.joint or len(self._clause()) != 1:
            self.unread += words.split()
            return
        self.verb = verb
        self._clause()[0].change = "replace"

    def on_place(self, words: str) -> None:
        where = re.sub(r"^\w+ the | of the scene$", "", words)
        place = _meaning(_PLACES, re.sub(" (corner|side)$", "", where))
        for claim in self._clause() or [self.opening]:
            claim.places.add(place)

    def on_land(self, words: str) -> None:
        land = _meaning(_LANDS, re.sub(r"^\w+ the ", "", words))
        for claim in self._clause() or [self.opening]:
            claim.lands.add(land)

    def on_neighbour(self, words: str) -> None:
        thing = _kind(re.sub(r"^.*? the ", "", words))
        for claim in self._clause() or [self.opening]:
            claim.neighbours.add(thing)

    def on_joint(self, words: str) -> None:
        if self.joint or not self._clause():
            self.unread.append(words)
        self.joint = words

    def _clause(self) -> list[Claim]:
        return self.clauses[-1] if self.clauses else []


def _thing(words: str) -> Claim | None:
    """A thing with its number, or None where noun and number contradict each other."""
    number = next(number for number in _COUNTS if re.match(f"(?:{number}) (?!row of)", words))
    noun = re.sub(f"^(?:{number}) (?:new )?", "", words)
    low, high = _COUNTS[number]
    if noun.endswith("s") and noun != "patch of woods":
        low = low if _kind(noun) == "woods" else max(low, 2)
    else:
        high = min(high, 1)
    return Claim(_kind(noun), (low, high)) if low <= high else None
