"""Example pairs, generated when the page starts.

The first one is also in files, ``pair/before.png`` and ``pair/after.png``, for a first command.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrsicc.synthcc import PairId, make_pair

#: Differs from the default seed of ``mmrsicc synthcc``, so that no model was trained on them.
_SEED = 2024

_PAIRS = (PairId("test", 1), PairId("test", 3), PairId("test", 5), PairId("test", 2))


@dataclass(frozen=True)
class Example:
    """A generated pair.

    Attributes:
        pair: (2, H, W, 3) uint8 RGB, before and after.
        sentence: What truly changed.
    """

    pair: np.ndarray
    sentence: str

    @property
    def thumbnail(self) -> np.ndarray:
        """Both dates side by side."""
        gap = np.full((self.pair.shape[1], 6, 3), 255, np.uint8)
        return np.concatenate([self.pair[0], gap, self.pair[1]], axis=1)


def draw_examples() -> list[Example]:
    """Four pairs of SynthCC; the last one is unchanged."""
    pairs = [make_pair(_SEED, pair_id) for pair_id in _PAIRS]
    return [Example(np.stack([pair.before, pair.after]), pair.sentences[0]) for pair in pairs]
