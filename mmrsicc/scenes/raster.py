"""One date of a scene: bands of one or several raster files that share a grid."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from mmrsicc.datasets.band_values import alpha_remark
from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.scenes.grid import Grid, north_up, whole_pixels
from mmrsicc.scenes.opening import open_raster
from mmrsicc.scenes.resampling import Warp, turn, turned_window
from mmrsicc.scenes.validity import Validity, alpha_bands
from mmrsicc.utils.counts import counted

#: Maximum number of stored pixels warped at once: a small window may need a large one.
_MOST_PIXELS = 2048**2


class Raster:
    """Reads chosen bands and the validity of pixels, window by window, on a north-up grid.

    Where the files are turned or mirrored, so is what is read; where they are turned by other than
    right angles, it is interpolated (see :func:`mmrsicc.scenes.grid.north_up`).

    Args:
        paths: Files of one grid, anything that rasterio opens. Their bands are counted through,
            from 1, without alpha bands.
        bands: One or three band numbers; None: those that the files name red, green and blue, or
            else all of one or three bands.
        nodata: Value that stands for no data beside those that the files name.
        every_band: Any number of bands may be read; without ``bands``, all of them.

    Attributes:
        name: The files.
        grid: The grid that is read on.
        stored: The grid of the files themselves.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is no raster, the grids differ, or the bands cannot be chosen.
    """

    def __init__(
        self,
        paths: Sequence[str],
        bands: Sequence[int] | None = None,
        nodata: float | None = None,
        every_band: bool = False,
    ) -> None:
        self.name = ", ".join(paths)
        self.datasets = [open_raster(path) for path in paths]
        self._nodata = nodata
        self._paths = list(paths)
        self.stored = _common_grid(self.datasets)
        self._place(north_up(self.stored))
        self._bands = self._choose(bands, every_band)

    @property
    def count(self) -> int:
        """Number of bands that are read."""
        return len(self._bands)

    @property
    def kind(self) -> np.dtype:
        """Type of the values."""
        return np.result_type(*(self.datasets[file].dtypes[band - 1] for file, band in self._bands))

    @property
    def scale_and_offset(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Scale and offset of each band that is read: quantity = value * scale + offset."""
        bands = [(self.datasets[file], band - 1) for file, band in self._bands]
        scale = tuple(float(dataset.scales[i]) for dataset, i in bands)
        return scale, tuple(float(dataset.offsets[i]) for dataset, i in bands)

    @property
    def interpolated(self) -> bool:
        """Whether pixels are interpolated, so not those of the files."""
        return self._mapping is None

    @property
    def stored_north_up(self) -> bool:
        """Whether the files have columns to the east and rows to the south."""
        return north_up(self.stored).matches(self.stored)

    def read(self, window: Window | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values and validity of a window of the grid, or of all.

        Returns:
            Values (bands, H, W) and whether they are data, (H, W) bool.

        Raises:
            ValueError: A file is damaged; names it.
        """
        window = window or Window(0, 0, self.grid.width, self.grid.height)
        if self._mapping is None:
            return self._read_warped(Warp(self.stored, self.grid), window)
        values, valid = self._read_stored(turned_window(window, self._mapping))
        return turn(values, self._mapping), turn(valid, self._mapping)

    def on_grid(self, grid: Grid) -> Raster:
        """Raster on another grid; exact where it has the same pixels, else warped."""
        other = copy(self)
        other._place(grid)
        return other

    def close(self) -> None:
        """Closes the files."""
        for dataset in self.datasets:
            dataset.close()

    def _place(self, grid: Grid) -> None:
        self.grid = grid
        self._mapping = whole_pixels(grid, self.stored)

    def _read_warped(self, warp: Warp, window: Window) -> tuple[np.ndarray, np.ndarray]:
        source = warp.source(window)
        if source is None:
            return self._empty(window.height, window.width)
        large = source.width * source.height > _MOST_PIXELS
        if large and max(window.width, window.height) > 1:
            axis, halves = _halves(window)
            parts = [self._read_warped(warp, half) for half in halves]
            values, valid = zip(*parts, strict=True)
            return np.concatenate(values, axis), np.concatenate(valid, axis)
        return warp(*self._read_stored(source), source, window)

    def _read_stored(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Values on the files' own grid; what lies outside is no data."""
        left, top = max(window.col_off, 0), max(window.row_off, 0)
        right = min(window.col_off + window.width, self.stored.width)
        bottom = min(window.row_off + window.height, self.stored.height)
        values, valid = self._empty(window.height, window.width)
        if left >= right or top >= bottom:
            return values, valid
        rows = slice(top - window.row_off, bottom - window.row_off)
        columns = slice(left - window.col_off, right - window.col_off)
        part = Window(left, top, right - left, bottom - top)
        values[:, rows, columns], valid[rows, columns] = self._read_files(part)
        return values, valid

    def read_decimated(
        self, part: Window, height: int, width: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values and validity of a window of the files, as stored, with fewer rows and columns.

        Pyramids are used where the files have them.

        Raises:
            ValueError: A file is damaged; names it.
        """
        return self._read_files(part, (height, width))

    def _read_files(
        self, part: Window, shape: tuple[int, int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """A window that lies within the files; with a shape, so many rows and columns of it."""
        values, _ = self._empty(*(shape or (part.height, part.width)))
        validity = Validity(self._nodata, part, shape)
        for i, dataset in enumerate(self.datasets):
            chosen = [(k, band) for k, (file, band) in enumerate(self._bands) if file == i]
            if not chosen:
                continue
            places, bands = (list(numbers) for numbers in zip(*chosen, strict=True))
            size = None if shape is None else (len(bands), *shape)
            try:
                pixels = dataset.read(bands, window=part, out_shape=size)
                validity.add(dataset, bands, pixels)
            except gdal_errors() as error:
                raise ValueError(
                    f"{self._paths[i]} is damaged or cut short ({error.__cause__ or error}): "
                    "copy it again"
                ) from error
            values[places] = pixels
        return values, validity.mask(*values.shape[1:])

    def _empty(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Values and validity of a window without data."""
        return np.zeros((self.count, height, width), self.kind), np.zeros((height, width), bool)

    def _choose(self, bands: Sequence[int] | None, every_band: bool) -> list[tuple[int, int]]:
        """File and band of the chosen ones."""
        there = [
            (i, band)
            for i, dataset in enumerate(self.datasets)
            for band in dataset.indexes
            if band not in alpha_bands(dataset)
        ]
        if bands is None:
            bands = None if every_band else self._colours(there)
        if bands is None:
            if len(there) not in (1, 3) and not every_band:
                raise ValueError(
                    f"{self.name} has {counted(len(there), 'band')}: choose red, green and blue, "
                    f"or one (--bands 4 3 2){self._alpha()}"
                )
            bands = range(1, len(there) + 1)
        if wrong := [band for band in bands if not 1 <= band <= len(there)]:
            raise ValueError(
                f"{self.name} has {counted(len(there), 'band')}, there is no "
                f"{wrong[0]}{self._alpha()}"
            )
        chosen = [there[band - 1] for band in bands]
        for file, band in chosen:
            self._check_band(self.datasets[file], band)
        for i, dataset in enumerate(self.datasets):
            kinds = {dataset.dtypes[band - 1] for file, band in chosen if file == i}
            if len(kinds) > 1:
                raise ValueError(
                    f"{dataset.name} has bands of {' and '.join(sorted(kinds))}: choose bands of "
                    "one type (--bands), or bring them to one (gdal_translate -ot)"
                )
        return chosen

    def _colours(self, there: Sequence[tuple[int, int]]) -> list[int] | None:
        """Numbers of the red, green and blue band, where the files name one of each."""
        names = [self.datasets[file].colorinterp[band - 1] for file, band in there]
        colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        if any(names.count(colour) != 1 for colour in colours):
            return None
        return [names.index(colour) + 1 for colour in colours]

    def _alpha(self) -> str:
        """Remark on the first alpha band, or nothing."""
        remarks = (
            alpha_remark(dataset.name, [meaning.name for meaning in dataset.colorinterp])
            for dataset in self.datasets
        )
        return next(filter(None, remarks), "")

    def _check_band(self, dataset: Any, band: int) -> None:
        if dataset.colorinterp[band - 1] == ColorInterp.palette:
            raise ValueError(
                f"{dataset.name} has a colour table: write its colours out "
                "(gdal_translate -expand rgb)"
            )
        if dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES":
            top = np.iinfo(dataset.dtypes[band - 1]).max
            raise ValueError(
                f"{dataset.name} has 0 for white: turn its values around "
                f"(gdal_translate -scale 0 {top} {top} 0)"
            )
        bits = int(dataset.tags(band, ns="IMAGE_STRUCTURE").get("NBITS", 8))
        if bits < 8:
            raise ValueError(
                f"{dataset.name} has values of {bits} bits: write them as 8 bits "
                f"(gdal_translate -scale 0 {2**bits - 1} 0 255 -co NBITS=8)"
            )
        # NumPy has no type for GDAL's complex integers.
        if "complex" in dataset.dtypes[band - 1]:
            raise ValueError(
                f"{dataset.name} has {dataset.dtypes[band - 1]} values: give amplitudes or "
                "another real quantity"
            )


def _halves(window: Window) -> tuple[int, list[Window]]:
    """A window cut in two along its longer edge, and the axis along which they lie."""
    x, y, width, height = window.flatten()
    if width > height:
        half = width // 2
        return -1, [Window(x, y, half, height), Window(x + half, y, width - half, height)]
    half = height // 2
    return -2, [Window(x, y, width, half), Window(x, y + half, width, height - half)]


def _common_grid(datasets: Sequence[Any]) -> Grid:
    grids = [Grid(d.width, d.height, d.crs, d.transform) for d in datasets]
    for dataset, grid in zip(datasets, grids, strict=True):
        if not grid.matches(grids[0]):
            raise ValueError(
                f"{dataset.name} is not on the grid of {datasets[0].name}: files of one date must "
                "have the same size, coordinate system and pixels; stack them into one file first "
                "(gdalbuildvrt -separate)"
            )
    return grids[0]
