"""The five splits of SynthCC, and what is held out of training."""

from collections.abc import Iterable
from dataclasses import dataclass

from mmrsicc.synthcc.kinds import KINDS, LANDS, PLACES
from mmrsicc.synthcc.scene import Event

#: Share of all pairs in each split. The last two are out of distribution: combinations of kind,
#: land cover and place that no other split has; distractors stronger than in any other.
SHARES = {
    "train": 0.7,
    "val": 0.1,
    "test": 0.1,
    "test_combination": 0.05,
    "test_distractor": 0.05,
}

_PLACES = tuple(place for row in PLACES for place in row)


@dataclass(frozen=True)
class PairId:
    """Name of a pair: its split and its number within it."""

    split: str
    number: int

    @property
    def name(self) -> str:
        """File name without extension, as LEVIR-CC writes it."""
        return f"{self.split}_{self.number:06d}"


def pair_ids(num_pairs: int) -> list[PairId]:
    """Ids of all pairs of a data set, every split with its share and at least one.

    Raises:
        ValueError: Fewer pairs than splits.
    """
    if num_pairs < len(SHARES):
        raise ValueError(
            f"{num_pairs} pairs do not fill {len(SHARES)} splits: ask for at least {len(SHARES)}"
        )
    sizes = {split: max(1, int(num_pairs * share)) for split, share in SHARES.items()}
    sizes["train"] += num_pairs - sum(sizes.values())
    return [PairId(split, number + 1) for split, size in sizes.items() for number in range(size)]


def is_changed(number: int, unchanged: float) -> bool:
    """Whether pair ``number`` of a split changes, so that a share of them does not.

    Args:
        number: From 1.
        unchanged: Share of unchanged pairs, spread evenly.
    """
    return int(number * unchanged) == int((number - 1) * unchanged)


def is_held_out(event: Event) -> bool:
    """Whether an event's kind, land cover and place come together in ``test_combination`` only.

    One triple in seven is held out, in such a way that each two of the three still meet in
    training. Of a replacement, what is new counts: what was replaced may be such a triple in
    training, as in one changed pair in a hundred.
    """
    if event.place is None or not event.land:
        return False
    kind, land = KINDS.index(event.kind), LANDS.index(event.land)
    return (kind + 2 * land + 4 * _PLACES.index(event.place)) % 7 == 0


def belongs(split: str, events: Iterable[Event]) -> bool:
    """Whether a changed pair may be in a split."""
    return any(map(is_held_out, events)) == (split == "test_combination")
