"""A whole date of a scene at low resolution, from the files' overviews if they have any.

For pictures, and to find out where there is data at all: pyramids may mix data with no-data values.
"""

from __future__ import annotations

import numpy as np
from rasterio.transform import Affine
from rasterio.windows import Window

from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.raster import Raster
from mmrsicc.scenes.resampling import Warp

#: Longest edge of an overview, in pixels.
OVERVIEW_EDGE = 1200


def overview_grid(grid: Grid, edge: int = OVERVIEW_EDGE) -> Grid:
    """The grid that covers another with fewer pixels; a small one stays as it is.

    Args:
        grid: Of the scene.
        edge: Longest edge of the result.
    """
    factor = max(1.0, max(grid.width, grid.height) / edge)
    return _scaled(grid, max(round(grid.width / factor), 1), max(round(grid.height / factor), 1))


def read_small(raster: Raster, small: Grid) -> tuple[np.ndarray, np.ndarray]:
    """A date on an overview's grid.

    Args:
        raster: On the grid of the scene.
        small: From :func:`overview_grid`.

    Returns:
        Values (bands, H, W) and whether they are data, (H, W) bool.

    Raises:
        ValueError: A file is damaged; names it.
    """
    if small.matches(raster.grid):
        return raster.read()
    window, warp = Window(0, 0, small.width, small.height), Warp(raster.stored, small)
    part = warp.source(window)
    if part is None:
        size = (small.height, small.width)
        return np.zeros((raster.count, *size), raster.kind), np.zeros(size, bool)
    width, height = (
        max(round(length / span), 1)
        for length, span in zip((part.width, part.height), warp.spans, strict=True)
    )
    values, valid = raster.read_decimated(part, height, width)
    coarse = _scaled(raster.stored.part(part), width, height)
    if small.matches(coarse):
        return values, valid
    whole = Window(0, 0, width, height)
    return Warp(coarse, small)(values, valid, whole, window)


def _scaled(grid: Grid, width: int, height: int) -> Grid:
    """Grid of the same ground with other pixels."""
    scale = Affine.scale(grid.width / width, grid.height / height)
    return Grid(width, height, grid.crs, grid.transform @ scale)
