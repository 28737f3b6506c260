"""Result of captioning one pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class CaptionResult:
    """Sentences and further predictions for one pair.

    Of a broken pair only ``before``, ``after`` and ``error`` are filled in.

    Attributes:
        before: Path of the first date's image; None if it was given as pixels.
        after: Path of the second date's image; None if it was given as pixels.
        caption: The best sentence, ``n_best[0]``'s.
        score: Its length-normalised log-probability, natural logarithm.
        n_best: Different sentences with their scores, best first.
        change_probability: Between 0 and 1: by the captioner's change decision; without one, one
            minus its probability of the known no-change sentences. None if its vocabulary contains
            none of them.
        mask: (H, W) uint8 change mask at the size of the images, 0 for unchanged, else the class's
            id, which is 1 where classes are not distinguished; None if the model has none.
        radiometry: How values of more than 8 bits were read, the same for both dates, see
            :class:`mmrsicc.datasets.radiometry.Radiometry`; None for 8-bit images.
        error: Error message of the pair; None if there was none.
    """

    before: str | None
    after: str | None
    caption: str | None = None
    score: float | None = None
    n_best: list[tuple[str, float]] = field(default_factory=list)
    change_probability: float | None = None
    mask: np.ndarray | None = None
    radiometry: dict[str, Any] | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields except the mask, as JSON types."""
        values = {key: value for key, value in vars(self).items() if key != "mask"}
        return {**values, "n_best": [list(entry) for entry in self.n_best]}
