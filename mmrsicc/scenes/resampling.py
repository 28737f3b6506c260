"""Resampling of one grid onto another: exact turns, or interpolation."""

from __future__ import annotations

from math import ceil, floor, hypot

import numpy as np
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.warp import reproject
from rasterio.windows import Window

from mmrsicc.scenes.grid import Grid

#: Placeholder for two grids in one coordinate system, which are compared in pixels so that rasters
#: without a system can be shifted too. The system has no effect; without the offset and scale GDAL
#: would treat the transform as missing.
_PIXELS = ("EPSG:3857", Affine(2, 0, 7, 0, -2, 7))


def turn(values: np.ndarray, mapping: Affine) -> np.ndarray:
    """Arrays (..., H, W) of a stored window, turned as a mapping of whole pixels says.

    Args:
        values: As stored.
        mapping: See :func:`mmrsicc.scenes.grid.whole_pixels`.
    """
    on_side = mapping.a == 0
    if on_side:
        values = values.swapaxes(-1, -2)
    columns, rows = (mapping.d, mapping.b) if on_side else (mapping.a, mapping.e)
    return values[..., :: int(rows), :: int(columns)]


def turned_window(window: Window, mapping: Affine) -> Window:
    """The stored window of a window of the grid, under a mapping of whole pixels."""
    corners = [
        mapping @ (window.col_off + x, window.row_off + y)
        for x in (0, window.width)
        for y in (0, window.height)
    ]
    (left, right), (top, bottom) = ((min(v), max(v)) for v in zip(*corners, strict=True))
    return Window(int(left), int(top), int(right - left), int(bottom - top))


class Warp:
    """Bilinear interpolation from a stored grid onto another.

    Where the new pixels are larger, the kernel grows with them, so nothing is aliased. Within one
    coordinate system a pixel is the same whatever window it is part of; between two, GDAL places
    it to an eighth of a stored pixel.

    Args:
        stored: The grid of the files.
        grid: The grid that is wanted.
    """

    def __init__(self, stored: Grid, grid: Grid) -> None:
        self._stored, self._grid = stored, grid
        self._transformer: Transformer | None = None
        if stored.crs is not None and grid.crs is not None and stored.crs != grid.crs:
            # rasterio raises an error where a point has no place in the other system.
            self._transformer = Transformer.from_crs(
                grid.crs.to_wkt(), stored.crs.to_wkt(), always_xy=True
            )
        middle = grid.width / 2, grid.height / 2
        x, y = self._to_stored(middle[0] + np.array([0, 1, 0]), middle[1] + np.array([0, 0, 1]))
        spans = [max(hypot(v[1] - v[0], v[2] - v[0]), 1.0) for v in (x, y)]
        #: Stored pixels per pixel of the grid, along the stored columns and rows; at least 1.
        self.spans = [span if np.isfinite(span) else 1.0 for span in spans]

    def source(self, window: Window) -> Window | None:
        """The stored window that a window of the grid is made from, None if it lies outside."""
        columns, rows = (
            start + np.linspace(0, length, 22)
            for start, length in (
                (window.col_off, window.width),
                (window.row_off, window.height),
            )
        )
        x, y = self._to_stored(*(v.ravel() for v in np.meshgrid(columns, rows)))
        there = np.isfinite(x) & np.isfinite(y)
        if not there.any():
            return None
        edges = []
        sizes = (self._stored.width, self._stored.height)
        for v, span, size in zip((x[there], y[there]), self.spans, sizes, strict=True):
            reach = 2 * span + 2
            edges.append((max(floor(v.min() - reach), 0), min(ceil(v.max() + reach), size)))
        (left, right), (top, bottom) = edges
        return (
            Window(left, top, right - left, bottom - top) if left < right and top < bottom else None
        )

    def __call__(
        self, values: np.ndarray, valid: np.ndarray, source: Window, window: Window
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values and validity of a window of the grid.

        Args:
            values: Those of the stored window, (bands, H, W).
            valid: (H, W) bool.
            source: :meth:`source` of the window.
            window: Of the grid.
        """
        kind = values.dtype
        if kind.kind != "f":  # a float type that represents the integers exactly
            kind = np.dtype(np.float32 if kind.itemsize <= 2 else np.float64)
        warped = np.full((len(values), window.height, window.width), np.nan, kind)
        crs, from_stored, from_grid = self._common()
        reproject(
            np.where(valid, values, np.nan).astype(kind),
            warped,
            src_crs=crs or self._stored.crs,
            dst_crs=crs or self._grid.crs,
            src_transform=from_stored @ Affine.translation(source.col_off, source.row_off),
            dst_transform=from_grid @ Affine.translation(window.col_off, window.row_off),
            src_nodata=np.nan,
            dst_nodata=np.nan,
            resampling=Resampling.bilinear,
            XSCALE=1 / self.spans[0],
            YSCALE=1 / self.spans[1],
        )
        found: np.ndarray = np.all(np.isfinite(warped), axis=0)
        if values.dtype.kind != "f":
            warped = np.rint(np.where(found, warped, 0))
        return warped.astype(values.dtype), found

    def _common(self) -> tuple[str | None, Affine, Affine]:
        """A coordinate system that replaces both, if any, and both transforms into it."""
        if self._stored.crs != self._grid.crs:
            return None, self._stored.transform, self._grid.transform
        crs, scale = _PIXELS
        return crs, scale @ ~self._grid.transform @ self._stored.transform, scale

    def _to_stored(self, columns: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of the grid to pixels of the stored one; not finite where there are none."""
        x, y = self._grid.transform @ (columns, rows)
        if self._transformer is not None:
            x, y = self._transformer.transform(x, y)
        x, y = ~self._stored.transform @ (x, y)
        return x, y
