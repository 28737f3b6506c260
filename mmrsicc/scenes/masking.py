"""The change mask of a block, from the masks of the tiles that overlap it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mmrsicc.scenes.pair import PairPixels, ScenePair
from mmrsicc.scenes.results import Captioner
from mmrsicc.scenes.tiles import Tile
from mmrsicc.structures import IGNORED


class Masker(Protocol):
    """Finds changed pixels; ``mmrsicc.apis.scene_masks`` has those of detectors.

    Attributes:
        name: What tells it from others, its weights included.
    """

    @property
    def name(self) -> str: ...

    def fit(self, pair: ScenePair) -> None:
        """Looks at a scene before its tiles, such as to choose a threshold for all of them."""

    def __call__(self, tiles: Sequence[PairPixels]) -> Sequence[np.ndarray]:
        """Scores (H, W) of tiles from 0 to 1; above a half, a pixel has changed."""


class OwnMasks:
    """The masks that a captioner gives with its sentences."""

    name = "the captioner's own"

    def __init__(self, captioner: Captioner) -> None:
        self._captioner = captioner

    def fit(self, pair: ScenePair) -> None:
        """A captioner's own masks need no fitting."""

    def __call__(self, tiles: Sequence[PairPixels]) -> list[np.ndarray]:
        """Masks of tiles.

        Raises:
            ValueError: The captioner gives none.
        """
        masks = []
        for answer in self._captioner([tile.dates for tile in tiles]):
            if answer.mask is None:
                raise ValueError(
                    f"the captioner gives no masks ({answer.error or 'it has no mask head'}): name "
                    "a detector, or caption tiles"
                )
            masks.append(answer.mask > 0)
        return masks


def own_masks(
    captioner: Captioner, tile: int, bands: tuple[int, int] = (3, 3), loaded: bool = False
) -> OwnMasks | None:
    """The masks of a captioner; None of one that gives none.

    Args:
        captioner: Captions one empty tile, to find out.
        tile: Its edge in pixels.
        bands: Of each date.
        loaded: Whether the captioner reads float32 bands in place of uint8 colours.
    """
    kind = np.float32 if loaded else np.uint8
    before, after = (np.zeros((tile, tile, count), kind) for count in bands)
    return None if captioner([(before, after)])[0].mask is None else OwnMasks(captioner)


class Votes:
    """Votes of tiles on the pixels of a block.

    Where tiles overlap, each votes with a weight that falls from its middle to its edges.
    """

    def __init__(self, block: Tile) -> None:
        self._block = block
        size = (block.height, block.width)
        self._changed, self._all = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._valid = np.zeros(size, bool)

    def add(self, tile: Tile, scores: np.ndarray | None, valid: np.ndarray) -> None:
        """Adds a tile.

        Args:
            tile: It shares pixels with the block.
            scores: (H, W) from 0 to 1; None for 0 everywhere.
            valid: (H, W) bool, where there is data.
        """
        block = self._block
        left, top = max(tile.x, block.x), max(tile.y, block.y)
        right = min(tile.x + tile.width, block.x + block.width)
        bottom = min(tile.y + tile.height, block.y + block.height)
        own = np.s_[top - tile.y : bottom - tile.y, left - tile.x : right - tile.x]
        here = np.s_[top - block.y : bottom - block.y, left - block.x : right - block.x]
        weight = np.outer(_tent(tile.height), _tent(tile.width))[own]
        self._all[here] += weight
        self._valid[here] |= valid[own]
        if scores is not None:
            self._changed[here] += weight * scores[own]

    def mask(self) -> np.ndarray:
        """(H, W) uint8, 0 unchanged, 1 changed, 255 no data."""
        mask = (self._changed > self._all / 2).astype(np.uint8)
        mask[~self._valid] = IGNORED
        return mask


def _tent(length: int) -> np.ndarray:
    """Weights that fall from the middle of an edge to its ends, never to 0."""
    ramp = np.arange(1, length + 1, dtype=np.float32)
    return np.minimum(ramp, ramp[::-1])
