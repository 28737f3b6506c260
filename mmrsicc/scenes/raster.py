"""One date of a scene: bands of one or several raster files that share a grid."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window


@dataclass(frozen=True)
class Grid:
    """Where pixels lie: size, coordinate reference system, pixel (column, row) to coordinates."""

    width: int
    height: int
    crs: CRS | None
    transform: Affine

    @property
    def georeferenced(self) -> bool:
        """Whether the pixels have a place on Earth."""
        return self.crs is not None


class Raster:
    """Reads chosen bands and the validity of pixels, window by window.

    Args:
        paths: Files of one grid, anything that rasterio opens. Their bands are counted through,
            from 1, without alpha bands.
        bands: One or three band numbers; None where there are one or three bands.
        nodata: Value that stands for no data beside those that the files name.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is no raster, the grids differ, or the bands cannot be chosen.
    """

    def __init__(
        self,
        paths: Sequence[str],
        bands: Sequence[int] | None = None,
        nodata: float | None = None,
    ) -> None:
        self.name = ", ".join(paths)
        self._datasets = [_open(path) for path in paths]
        self._nodata = nodata
        self._paths = list(paths)
        self.grid = _common_grid(self._datasets)
        self._bands = self._choose(bands)
        self.files = [file for dataset in self._datasets for file in dataset.files]

    @property
    def count(self) -> int:
        """How many bands are read."""
        return len(self._bands)

    @property
    def scale_and_offset(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What the files declare of each band that is read: quantity = value * scale + offset."""
        bands = [(self._datasets[file], band - 1) for file, band in self._bands]
        scale = tuple(float(dataset.scales[i]) for dataset, i in bands)
        return scale, tuple(float(dataset.offsets[i]) for dataset, i in bands)

    @property
    def tags(self) -> dict[str, str]:
        """Metadata of the first file, that on the taking of the image (GDAL: IMAGERY) included."""
        return {**self._datasets[0].tags(), **self._datasets[0].tags(ns="IMAGERY")}

    def read(self, window: Window | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values and validity of a window, or of all.

        Returns:
            Values (bands, H, W) and whether they are data, (H, W) bool.

        Raises:
            ValueError: A file is damaged; names it.
        """
        values: list[Any] = [None] * len(self._bands)
        valid: Any = True
        for i, dataset in enumerate(self._datasets):
            chosen = [(k, band) for k, (file, band) in enumerate(self._bands) if file == i]
            if not chosen:
                continue
            try:
                pixels = dataset.read([band for _, band in chosen], window=window)
                valid = valid & _validity(dataset, window)
            except RasterioIOError as error:
                raise ValueError(
                    f"{self._paths[i]} is damaged or cut short ({error.__cause__ or error}): "
                    "copy it again"
                ) from error
            for (k, _), band in zip(chosen, pixels, strict=True):
                values[k] = band
        stacked = np.stack(values)
        if stacked.dtype.kind == "f":
            valid = valid & np.isfinite(stacked).all(axis=0)
        if self._nodata is not None:
            valid = valid & ~(stacked == self._nodata).all(axis=0)
        return stacked, valid

    def on_grid(self, grid: Grid) -> Raster:
        """The same on another grid, warped as it is read, by bilinear interpolation.

        Where the new pixels are larger, the kernel grows with them (GDAL), so nothing is aliased.
        To be called on what was opened, not on what is warped.
        """
        other = copy(self)
        other._datasets = [self._warp(dataset, grid) for dataset in self._datasets]
        other.grid = grid
        return other

    def close(self) -> None:
        """Closes the files, or what warps them."""
        for dataset in self._datasets:
            dataset.close()

    def _warp(self, dataset: Any, grid: Grid) -> WarpedVRT:
        nodata = self._nodata if self._nodata is not None else dataset.nodata
        if nodata is None and np.dtype(dataset.dtypes[0]).kind == "f":
            nodata = np.nan
        # Beside a no-data value GDAL leaves an alpha band opaque.
        add_alpha = nodata is None and ColorInterp.alpha not in dataset.colorinterp
        return WarpedVRT(
            dataset,
            crs=grid.crs,
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            src_nodata=nodata,
            nodata=nodata,
            add_alpha=add_alpha,
            resampling=Resampling.bilinear,
        )

    def _choose(self, bands: Sequence[int] | None) -> list[tuple[int, int]]:
        """File and band of the chosen ones."""
        there = [
            (i, band)
            for i, dataset in enumerate(self._datasets)
            for band, meaning in zip(dataset.indexes, dataset.colorinterp, strict=True)
            if meaning != ColorInterp.alpha
        ]
        if bands is None:
            if len(there) not in (1, 3):
                raise ValueError(
                    f"{self.name} has {len(there)} bands: choose red, green and blue, or one "
                    f"(--bands 4 3 2){self._alpha()}"
                )
            bands = range(1, len(there) + 1)
        if max(bands) > len(there):
            raise ValueError(
                f"{self.name} has {len(there)} bands, there is no {max(bands)}{self._alpha()}"
            )
        chosen = [there[band - 1] for band in bands]
        for file, band in chosen:
            self._check_band(self._datasets[file], band)
        return chosen

    def _alpha(self) -> str:
        """Says which band does not count: GDAL marks the fourth of 8 bits as alpha by default."""
        for dataset in self._datasets:
            if ColorInterp.alpha in dataset.colorinterp:
                band = dataset.colorinterp.index(ColorInterp.alpha) + 1
                return (
                    f"; band {band} is marked as alpha, if it is none: "
                    f"gdal_edit.py -colorinterp_{band} undefined {dataset.name}"
                )
        return ""

    def _check_band(self, dataset: Any, band: int) -> None:
        if dataset.colorinterp[band - 1] == ColorInterp.palette:
            raise ValueError(
                f"{dataset.name} has a colour table: write its colours out "
                "(gdal_translate -expand rgb)"
            )
        if np.dtype(dataset.dtypes[band - 1]).kind not in "uif":
            raise ValueError(
                f"{dataset.name} has {dataset.dtypes[band - 1]} values: give amplitudes or "
                "another real quantity"
            )


def _validity(dataset: Any, window: Window | None) -> np.ndarray:
    # dataset_mask() overlooks alpha bands in files of other than 2 or 4 bands.
    if ColorInterp.alpha in dataset.colorinterp:
        return dataset.read(dataset.colorinterp.index(ColorInterp.alpha) + 1, window=window) > 0
    return dataset.dataset_mask(window=window) > 0


def _open(path: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
    except RasterioIOError as error:
        if not Path(path).exists():
            raise FileNotFoundError(f"no raster at {path}") from error
        raise ValueError(
            f"{path} cannot be read as a raster ({error}): it is damaged, or of a kind that GDAL "
            "does not know; copy it again or convert it to GeoTIFF"
        ) from error
    _check_georeference(dataset, path)
    return dataset


def _check_georeference(dataset: Any, path: str) -> None:
    """Refuses half a georeference, which would be taken for none."""
    placed = not dataset.transform.is_identity
    if dataset.crs is None and placed:
        raise ValueError(
            f"{path} has coordinates but does not say in which system: name it "
            f"(rio edit-info --crs EPSG:... {path})"
        )
    if dataset.crs is not None and not placed:
        raise ValueError(
            f"{path} names a coordinate system but no coordinates (ground control points do not "
            "count): rectify it first (gdalwarp), or set them (rio edit-info --transform)"
        )
    if dataset.crs is not None and not (dataset.crs.is_geographic or dataset.crs.is_projected):
        raise ValueError(
            f"{path} has a local coordinate system, which has no place on Earth: name the true one "
            f"(rio edit-info --crs EPSG:... {path})"
        )
    if dataset.crs is None and (dataset.gcps[0] or dataset.rpcs):
        raise ValueError(
            f"{path} is placed by ground control points or a camera model alone: rectify it first "
            "(gdalwarp)"
        )


def _common_grid(datasets: Sequence[Any]) -> Grid:
    grids = [Grid(d.width, d.height, d.crs, d.transform) for d in datasets]
    for dataset, grid in zip(datasets, grids, strict=True):
        if grid != grids[0]:
            raise ValueError(
                f"{dataset.name} is not on the grid of {datasets[0].name}: files of one date must "
                "have the same size, coordinate system and pixels; stack them into one file first "
                "(gdalbuildvrt -separate)"
            )
    return grids[0]
