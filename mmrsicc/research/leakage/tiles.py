"""Tiles of images of any size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mmrsicc.datasets.image_io import read_image
from mmrsicc.utils.windows import starts

#: Edge of the tiles that captioning data sets consist of, in pixels.
TILE = 256


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Attributes:
        image: Index of the image in its list.
        row: Topmost row of pixels.
        column: Leftmost column.
        height: In pixels.
        width: In pixels.
    """

    image: int
    row: int
    column: int
    height: int
    width: int

    def cut(self, image: np.ndarray) -> np.ndarray:
        """Its pixels."""
        rows = slice(self.row, self.row + self.height)
        return image[rows, self.column : self.column + self.width]


def tiles_of(image: int, shape: tuple[int, int], size: int = TILE, step: int = TILE) -> list[Tile]:
    """All tiles of an image; a side shorter than a tile gives one tile of its length.

    Args:
        image: Index of the image.
        shape: Its (H, W).
        size: Edge of a tile in pixels.
        step: Pixels from one tile to the next; the last ones end at the image's edge.
    """
    height, width = (min(size, side) for side in shape)
    return [
        Tile(image, row, column, height, width)
        for row in starts(shape[0], size, size - step)
        for column in starts(shape[1], size, size - step)
    ]


@lru_cache(maxsize=64)
def grey_image(path: str) -> np.ndarray:
    """An image as (H, W) uint8 grey values; the last few stay in memory.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged.
    """
    return cv2.cvtColor(read_image(path), cv2.COLOR_RGB2GRAY)
