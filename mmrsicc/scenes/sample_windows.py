"""Sample windows: where a large pair of scenes is looked at to choose what holds for all of it."""

from __future__ import annotations

import numpy as np
from rasterio.windows import Window

#: Windows along each edge.
PER_SIDE = 8


def spread_windows(width: int, height: int, edge: int) -> list[Window]:
    """Windows of an edge in pixels that are evenly spread over a scene."""
    places = (np.arange(PER_SIDE) + 0.5) / PER_SIDE
    return [_window(x, y, width, height, edge) for y in places for x in places]


def windows_on(seen: np.ndarray, width: int, height: int, edge: int) -> list[Window]:
    """Windows that are evenly spread over the cells (h, w) of an overview that have data."""
    cells = np.flatnonzero(seen)
    if not len(cells):
        return []
    chosen = cells[np.linspace(0, len(cells) - 1, PER_SIDE**2).astype(int)]
    rows, columns = np.divmod(chosen, seen.shape[1])
    return [
        _window((column + 0.5) / seen.shape[1], (row + 0.5) / seen.shape[0], width, height, edge)
        for row, column in zip(rows, columns, strict=True)
    ]


def _window(x: float, y: float, width: int, height: int, edge: int) -> Window:
    """Window about a place, from 0 to 1 along each edge, that stays inside."""
    starts = (
        int(np.clip(round(place * length) - edge // 2, 0, max(length - edge, 0)))
        for place, length in ((x, width), (y, height))
    )
    return Window(*starts, min(edge, width), min(edge, height))
