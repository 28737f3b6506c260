"""Neighbouring tiles that say the same, as one polygon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from shapely import Polygon, box, union_all

from mmrsicc.scenes.results import TileResult
from mmrsicc.scenes.tiles import Tile


@dataclass(frozen=True)
class Region:
    """Tiles with one caption.

    Attributes:
        polygon: What the tiles cover together, in pixels (column, row).
        tiles: How many they are.
        best: The result of the one with the highest score: score, n-best and change probability
            of the region are that tile's.
    """

    polygon: Polygon
    tiles: int
    best: TileResult


def join(
    tiles: Sequence[Tile], results: Mapping[int, TileResult], drop_no_change: bool = False
) -> list[Region]:
    """Joins tiles that share an edge in the grid of tiles and have the same caption.

    Args:
        tiles: All tiles of the scene.
        results: Theirs, by number; skipped ones belong to no region.
        drop_no_change: Whether tiles whose captions say that nothing changed are left out.

    Returns:
        Regions in the order of their first tiles.
    """
    waiting = {
        (tile.row, tile.column): tile
        for tile in tiles
        if results[tile.index].caption is not None
        and (results[tile.index].changed or not drop_no_change)
    }
    regions = []
    while waiting:
        members = _take(next(iter(waiting)), waiting, results)
        rectangles = [box(t.x, t.y, t.x + t.width, t.y + t.height) for t in members]
        best = max((results[t.index] for t in members), key=_rank)
        regions.append(Region(union_all(rectangles), len(members), best))
    return regions


def _rank(result: TileResult) -> tuple[float, int]:
    """By score, then by the first tile; scores are log-probabilities, so none is the least."""
    return -inf if result.score is None else result.score, -result.tile


def _take(
    start: tuple[int, int],
    waiting: dict[tuple[int, int], Tile],
    results: Mapping[int, TileResult],
) -> list[Tile]:
    """Takes a tile and all that hang together with it out of those waiting."""
    members = [waiting.pop(start)]
    caption = results[members[0].index].caption
    for tile in members:  # grows on the way
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            place = tile.row + down, tile.column + right
            if place in waiting and results[waiting[place].index].caption == caption:
                members.append(waiting.pop(place))
    return members
