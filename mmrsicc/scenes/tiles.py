"""The tiles that a scene is cut into."""

from __future__ import annotations

from dataclasses import dataclass

from rasterio.windows import Window

from mmrsicc.utils.windows import starts


@dataclass(frozen=True)
class Tile:
    """One tile: its number, its place among the tiles, and its pixels.

    Attributes:
        index: Number, along the rows of tiles, from 0.
        row: Row of tiles.
        column: Column of tiles.
        x: First pixel column.
        y: First pixel row.
        width: In pixels.
        height: In pixels.
    """

    index: int
    row: int
    column: int
    x: int
    y: int
    width: int
    height: int

    @property
    def window(self) -> Window:
        """The window for rasterio."""
        return Window(self.x, self.y, self.width, self.height)


def cut(width: int, height: int, size: int, overlap: int) -> list[Tile]:
    """Tiles of one size that cover a scene.

    The last ones of a row or column are moved back inside, so that none sticks out; a scene that
    is smaller than a tile gives smaller tiles.

    Args:
        width: Of the scene, in pixels.
        height: Likewise.
        size: Edge of a tile.
        overlap: Pixels that neighbours share at least.
    """
    tiles: list[Tile] = []
    for row, y in enumerate(starts(height, size, overlap)):
        for column, x in enumerate(starts(width, size, overlap)):
            tiles.append(Tile(len(tiles), row, column, x, y, min(size, width), min(size, height)))
    return tiles
