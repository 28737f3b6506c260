"""Results of captioning, and change objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import shapely

from mmrsicc.datasets.lexicon import named, phrases
from mmrsicc.datasets.no_change import is_no_change


class Captioned(Protocol):
    """Caption of a pair; ``mmrsicc.apis.CaptionResult`` is one."""

    @property
    def caption(self) -> str | None: ...

    @property
    def score(self) -> float | None: ...

    @property
    def n_best(self) -> Sequence[tuple[str, float]]: ...

    @property
    def change_probability(self) -> float | None: ...

    @property
    def mask(self) -> np.ndarray | None: ...

    @property
    def error(self) -> str | None: ...


#: Captions a batch of pairs of (H, W, 3) uint8 RGB arrays, in their order.
Captioner = Callable[[list[tuple[np.ndarray, np.ndarray]]], Sequence[Captioned]]

#: Actions of the lexicon by the direction of a change.
_DIRECTIONS = {
    "appeared": {"appear", "extend", "grow"},
    "disappeared": {"disappear", "shrink"},
    "replaced": {"replace"},
}


@dataclass(frozen=True)
class ChangeObject:
    """A change with its sentence.

    Attributes:
        shape: Where it is, in pixels (column, row).
        found_by: "mask"; "sentence" where no object reaches into a tile and its sentence says that
            something changed; "tile" where there is no mask at all.
        caption: The best sentence.
        score: Its score.
        n_best: Sentences with scores, best first.
        change_probability: From 0 to 1; None where the captioner gives none.
    """

    shape: shapely.Geometry
    found_by: str
    caption: str
    score: float | None = None
    n_best: tuple[tuple[str, float], ...] = ()
    change_probability: float | None = None

    @property
    def changed(self) -> bool:
        """Whether the sentence says that something changed."""
        return not is_no_change(self.caption)

    @property
    def disagrees(self) -> bool:
        """Whether mask or sentence say that something changed, and the other does not."""
        return self.found_by == ("sentence" if self.changed else "mask")

    @property
    def classes(self) -> list[str]:
        """Classes of objects that the sentence names, in its order; none if nothing changed."""
        said = phrases(self.caption, "objects") if self.changed else []
        return list(dict.fromkeys(name for name, _, _ in said))

    @property
    def direction(self) -> str | None:
        """ "appeared", "disappeared" or "replaced"; None where the sentence does not say."""
        actions = named(self.caption)["actions"]
        told = [name for name, words in _DIRECTIONS.items() if words & actions]
        return None if not told else told[0] if len(told) == 1 else "replaced"


@dataclass(frozen=True)
class TileFacts:
    """Result of a tile, skipped or captioned.

    Attributes:
        skipped: Why it was not captioned: "no data", "identical" or "prefilter"; None if it was.
        difference: How much its dates differ, see :func:`mmrsicc.scenes.skipping.difference`.
        changed: Whether its sentence says that something changed; where there are masks, whether an
            object reaches into it, which is known when all blocks are there.
    """

    skipped: str | None
    difference: float | None
    changed: bool = False


@dataclass(frozen=True)
class BlockResult:
    """Result of a block of a scene.

    Attributes:
        objects: What changed in it; an object that reaches beyond the block is cut at its edge.
        tiles: Of the tiles that begin in it.
        mask: (H, W) uint8, 0 unchanged, 1 changed, 255 no data; None without masks.
    """

    objects: Sequence[ChangeObject]
    tiles: Sequence[TileFacts]
    mask: np.ndarray | None = None
