"""The tiles that a scene is cut into, and the blocks that are worked on one by one."""

from __future__ import annotations

from dataclasses import dataclass

from rasterio.windows import Window

from mmrsicc.utils.windows import starts


@dataclass(frozen=True)
class Tile:
    """A rectangle of pixels with a number.

    Attributes:
        index: Number, along the rows, from 0.
        x: First pixel column.
        y: First pixel row.
        width: In pixels.
        height: In pixels.
    """

    index: int
    x: int
    y: int
    width: int
    height: int

    @property
    def window(self) -> Window:
        """The window for rasterio."""
        return Window(self.x, self.y, self.width, self.height)


class TileGrid:
    """Tiles of one size that cover a scene.

    The last ones of a row or column are moved back inside, so that none sticks out; a scene that
    is smaller than a tile gives smaller tiles. No list of all tiles is ever made.

    Args:
        width: Width of the scene in pixels.
        height: Height of the scene in pixels.
        size: Edge of a tile.
        overlap: Pixels that neighbours share at least.
    """

    def __init__(self, width: int, height: int, size: int, overlap: int) -> None:
        self._width, self._height = min(size, width), min(size, height)
        self._xs, self._ys = starts(width, size, overlap), starts(height, size, overlap)

    def __len__(self) -> int:
        return len(self._xs) * len(self._ys)

    def over(self, block: Tile) -> list[Tile]:
        """Tiles that share pixels with a block."""
        return self._tiles(block, self._width - 1, self._height - 1)

    def begun_in(self, block: Tile) -> list[Tile]:
        """Tiles whose first pixel is in a block; each tile has one such block."""
        return self._tiles(block, 0, 0)

    def _tiles(self, block: Tile, left: int, above: int) -> list[Tile]:
        """Tiles that begin in a block, or as many pixels before it."""
        rows, columns = (
            [i for i, start in enumerate(begins) if first - before <= start < first + length]
            for begins, first, length, before in (
                (self._ys, block.y, block.height, above),
                (self._xs, block.x, block.width, left),
            )
        )
        return [
            Tile(
                row * len(self._xs) + column,
                self._xs[column],
                self._ys[row],
                self._width,
                self._height,
            )
            for row in rows
            for column in columns
        ]


def cut_blocks(width: int, height: int, size: int) -> list[Tile]:
    """Blocks of a scene; they do not overlap, and those at its right and lower edge are smaller."""
    corners = [(x, y) for y in range(0, height, size) for x in range(0, width, size)]
    return [
        Tile(i, x, y, min(size, width - x), min(size, height - y))
        for i, (x, y) in enumerate(corners)
    ]
