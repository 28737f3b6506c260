"""Bits of a tile that survive re-encoding, brightness and small shifts: a perceptual hash.

The bits are signs of the lowest frequencies of the tile's discrete cosine transform, as in pHash
(Zauner, 2010), but with more of them, and without those that are too weak to tell: noise would
decide their signs. So water and bare land have few bits and resemble nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.fft import dct

from mmrsicc.research.leakage.images import ImageFile
from mmrsicc.research.leakage.tiles import Tile, grey_image, tiles_of

#: Frequencies per axis; the mean is no bit.
FREQUENCIES = 12
BITS = FREQUENCIES**2 - 1
#: Largest share of bits in which two views of one place differ: measured, see the user guide.
MOST_DIFFERENT = 0.2

_EDGE = 32
_BASIS = dct(np.eye(_EDGE), axis=0, norm="ortho")[:FREQUENCIES]
#: Amplitude in grey values of a frequency from which its sign is a bit.
_WEAKEST = 0.5
#: What is cut off each side before the transform, and by how much the cut is moved to meet shifts,
#: as shares of the tile's side: 8 and 6 of 256 pixels.
_MARGIN, _MOVE = 8 / 256, 6 / 256
#: Factors of -1 that mirror a tile: odd frequencies change their sign.
_MIRROR = np.where(np.arange(FREQUENCIES) % 2, -1, 1)


@dataclass(frozen=True)
class Fingerprints:
    """Tiles and their bits.

    Attributes:
        tiles: T tiles.
        bits: (T, V, BITS) int8: 1, -1, or 0 where the sign is too weak to tell; V variants.
    """

    tiles: list[Tile]
    bits: np.ndarray

    @property
    def featureless(self) -> np.ndarray:
        """(T,) bool: tiles with too few bits to resemble any tile, themselves included."""
        unknown = (self.bits[:, 0] == 0).sum(axis=1)
        return unknown / 2 > MOST_DIFFERENT * BITS


def fingerprints(
    images: Sequence[ImageFile],
    step: int,
    moved: bool = False,
    oriented: bool = False,
    threads: int = 2,
) -> Fingerprints:
    """Fingerprints of all tiles of images.

    Args:
        images: Their files.
        step: Pixels between tiles.
        moved: Nine variants of each tile, moved by up to 6 pixels of 256, so that a tile shifted by
            up to 8 pixels against another still resembles it.
        oriented: Eight times as many: turned and mirrored.
        threads: How many images are read at a time.

    Raises:
        FileNotFoundError, ValueError: As :func:`~mmrsicc.datasets.image_io.read_image`.
    """

    def of_image(index: int) -> tuple[list[Tile], np.ndarray]:
        grey = grey_image.__wrapped__(images[index].path)  # Needed once, so not cached.
        tiles = tiles_of(index, grey.shape, step=step)
        return tiles, np.stack([tile_bits(tile.cut(grey), moved, oriented) for tile in tiles])

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(of_image, range(len(images))))
    tiles = [tile for some, _ in found for tile in some]
    return Fingerprints(tiles, np.concatenate([bits for _, bits in found]))


def tile_bits(grey: np.ndarray, moved: bool = False, oriented: bool = False) -> np.ndarray:
    """(V, BITS) int8 of a tile (H, W) uint8; variants as in :func:`fingerprints`."""
    moves = (-1, 0, 1) if moved else (0,)
    coefficients = [_transform(grey, down, right) for down in moves for right in moves]
    if oriented:
        coefficients = [view for c in coefficients for view in _orientations(c)]
    strong = np.stack(coefficients).reshape(len(coefficients), -1)[:, 1:]
    return (np.sign(strong) * (np.abs(strong) >= _WEAKEST)).astype(np.int8)


def _transform(grey: np.ndarray, down: int, right: int) -> np.ndarray:
    """Low frequencies of the tile without its margins, the cut moved by so many steps."""
    margins = [round(side * _MARGIN) for side in grey.shape]
    moves = [round(side * _MOVE) * m for side, m in zip(grey.shape, (down, right), strict=True)]
    rows, columns = (
        slice(margin + move, side - margin + move)
        for side, margin, move in zip(grey.shape, margins, moves, strict=True)
    )
    small = cv2.resize(grey[rows, columns], (_EDGE, _EDGE), interpolation=cv2.INTER_AREA)
    return _BASIS @ small.astype(np.float64) @ _BASIS.T


def _orientations(c: np.ndarray) -> list[np.ndarray]:
    return [
        mirrored * turned
        for turned in (c, c.T)
        for mirrored in (1, _MIRROR, _MIRROR[:, None], _MIRROR * _MIRROR[:, None])
    ]
