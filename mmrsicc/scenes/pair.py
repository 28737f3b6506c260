"""Two scenes of one place, read on the grid of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from mmrsicc.datasets.georeference import around_the_earth
from mmrsicc.datasets.radiometry import Calibration
from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.scenes.band_reader import BandReader
from mmrsicc.scenes.dates import Dates, day_of
from mmrsicc.scenes.fingerprint import Fingerprint, fingerprint
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.overview import overview_grid, read_small
from mmrsicc.scenes.raster import Raster
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.stretch import scene_radiometry

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands

#: Share of a scene by which rounded bounds may meet beyond the antimeridian.
_ROUNDING = 0.01


@dataclass(frozen=True)
class PairPixels:
    """Both dates of a window.

    Attributes:
        before: (H, W, 3) uint8 RGB, black where there is no data in either date.
        after: The same of the second date.
        valid: (H, W) bool, where both dates have data.
        identical: Whether the dates are equal in what the files' values mean, wherever there is
            data.
        values: Both dates as a captioner that reads bands takes them, (H, W, C) float32; None for
            others, which take ``before`` and ``after``.
    """

    before: np.ndarray
    after: np.ndarray
    valid: np.ndarray
    identical: bool
    values: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def dates(self) -> tuple[np.ndarray, np.ndarray]:
        """Both dates as a captioner takes them."""
        return self.values or (self.before, self.after)


class ScenePair:
    """Both dates of a scene, window by window, on the first date's north-up grid, in 8 bits.

    The second date is warped where its pixels are others. A context manager.

    Args:
        before: Files of the first date; several are taken as bands.
        after: Files of the second date.
        settings: Bands, no-data value, percentiles or range.
        shift: Columns and rows by which the second date lies off; they are taken out.
        loading: How a captioner that reads bands takes values; its ``picture_bands`` are what is
            seen, unless the settings name other bands.

    Attributes:
        settings: Those given, with the bands that are seen.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file cannot be read or the dates do not fit together; says what to do.
    """

    def __init__(
        self,
        before: Sequence[str],
        after: Sequence[str],
        settings: SceneSettings,
        shift: tuple[float, float] = (0.0, 0.0),
        loading: LoadBands | None = None,
    ) -> None:
        if loading is not None:
            reader = BandReader(before, after, loading, settings.nodata)
            settings = _shown(settings, reader, loading)
        first = Raster(before, settings.bands, settings.nodata)
        second = Raster(after, settings.after_bands or settings.bands, settings.nodata)
        check_fit(first, second, settings.two_sensors)
        self.settings = settings
        self.grid = first.grid
        moved = _moved(self.grid, shift)
        self._before, self._after = first, second.on_grid(moved)
        self._values = None if loading is None else reader.on_grid(moved)
        radiometry = scene_radiometry(
            self._read_both,
            (self.grid.width, self.grid.height),
            lambda: self._small[2],
            (self._calibration(0), self._calibration(1)),
            settings,
        )
        if radiometry is None:
            raise ValueError(
                f"{first.name} and {second.name} have no data in common: are they of one place?"
            )
        #: How values become 8 bits.
        self.radiometry = radiometry

    @property
    def overview(self) -> PairPixels:
        """The whole scene at low resolution."""
        return self._pixels(*self._small)

    @cached_property
    def _small(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of both dates on a coarse grid, and where both have data."""
        small = overview_grid(self.grid)
        first, valid_before = self._as_shown(0, *read_small(self._before, small))
        second, valid_after = self._as_shown(1, *read_small(self._after, small))
        return first, second, valid_before & valid_after

    @property
    def warped(self) -> bool:
        """Whether pixels of the second date are interpolated."""
        return self._after.interpolated

    @property
    def turned(self) -> tuple[bool, bool]:
        """Whether the files of each date are not stored north-up."""
        return not self._before.stored_north_up, not self._after.stored_north_up

    @property
    def days(self) -> Dates:
        """Days on which the images were taken, as far as their metadata tell."""
        return day_of(self._before.datasets), day_of(self._after.datasets)

    def fingerprints(self) -> tuple[Fingerprint, Fingerprint]:
        """Fingerprints of the files of each date, see :func:`fingerprint`."""
        return fingerprint(self._before), fingerprint(self._after)

    def read(self, window: Window) -> PairPixels:
        """Both dates of a window.

        Raises:
            ValueError: A file is damaged; names it.
        """
        pixels = self._pixels(*self._read_both(window))
        if self._values is None:
            return pixels
        values, valid, identical = self._values.read(window)
        return replace(
            pixels,
            values=values,
            valid=pixels.valid & valid,
            identical=pixels.identical and identical,
        )

    def __enter__(self) -> ScenePair:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._before.close()
        self._after.close()
        if self._values is not None:
            self._values.close()

    def _read_both(self, window: Window | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of both dates as they are shown, and where both have data."""
        first, valid_before = self._as_shown(0, *self._before.read(window))
        second, valid_after = self._as_shown(1, *self._after.read(window))
        return first, second, valid_before & valid_after

    def _as_shown(
        self, date: int, values: np.ndarray, valid: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Stored values (bands, H, W), or their decibels, and where they are data."""
        if not self.settings.decibels[date]:
            return values, valid
        powers = _declared((self._before, self._after)[date]).quantity(values)
        valid = valid & (powers > 0).all(axis=0)
        return 10 * np.log10(np.where(valid, powers, 1)).astype(np.float32), valid

    def _calibration(self, date: int) -> Calibration:
        """Calibration of what :meth:`_as_shown` gives."""
        raster = (self._before, self._after)[date]
        if not self.settings.decibels[date]:
            return _declared(raster)
        return Calibration("float32", (1.0,) * raster.count, (0.0,) * raster.count)

    def _pixels(self, first: np.ndarray, second: np.ndarray, valid: np.ndarray) -> PairPixels:
        identical = bool((self.radiometry.equal(first, second) | ~valid).all())
        before, after = self.radiometry.stretches
        return PairPixels(before(first, valid), after(second, valid), valid, identical)


def check_fit(before: Raster, after: Raster, two_sensors: bool = False) -> None:
    """Checks that two dates can be compared.

    Raises:
        ValueError: Other numbers of bands are read of dates of one sensor, one date alone is
            georeferenced, neither is and their sizes differ, they do not overlap, or they count
            longitudes in two ways.
    """
    if before.count != after.count and not two_sensors:
        raise ValueError(
            f"{before.name} has {before.count} {'band' if before.count == 1 else 'bands'}, "
            f"{after.name} {after.count}: choose the same with --bands"
        )
    one, two = before.grid, after.grid
    if one.georeferenced != two.georeferenced:
        with_tags, without = (before, after) if one.georeferenced else (after, before)
        raise ValueError(
            f"{without.name} is not georeferenced, {with_tags.name} is: if they cover the same "
            f"ground, copy the tags (rio edit-info --all --like {with_tags.name} {without.name}), "
            "else rectify it first"
        )
    if not one.georeferenced:
        if (one.width, one.height) != (two.width, two.height):
            raise ValueError(
                f"{before.name} has {one.width} x {one.height} pixels, {after.name} "
                f"{two.width} x {two.height}, and neither is georeferenced: bring the second onto "
                "the first, or give georeferenced files"
            )
        return
    shares = _shares(one, two)
    # Bounds as wide as the Earth have none in a system of a part of it.
    if not any(shares) and not any(_shares(two, one)):
        raise ValueError(
            f"{before.name} and {after.name} do not overlap: they cover {_extent(one)} and "
            f"{_extent(two)}; are they of one place?"
        )
    # Files of one coordinate system are read by their own coordinates, which are not turned.
    if one.crs == two.crs and max(shares[1:], default=0) > _ROUNDING:
        raise ValueError(
            f"{before.name} and {after.name} count longitudes in two ways, {_extent(one)} and "
            f"{_extent(two)}: bring both to one (gdalwarp -te of one to the other), or the ground "
            "that they share is not found"
        )


def _shown(settings: SceneSettings, reader: BandReader, loading: LoadBands) -> SceneSettings:
    """Settings with what a captioner that reads bands shows of each date."""
    first, second = reader.picture_bands
    decibels = (loading.decibels[0], loading.decibels[1])
    if loading.same_sensor and settings.bands is not None:
        return replace(settings, decibels=decibels)
    if settings.bands is not None:
        raise ValueError(
            "--bands names the same bands of both dates: leave it out for a model of two sensors, "
            "whose picture_bands (LoadBands) are shown"
        )
    two_sensors = not loading.same_sensor
    return replace(
        settings, bands=first, after_bands=second, two_sensors=two_sensors, decibels=decibels
    )


def _declared(raster: Raster) -> Calibration:
    return Calibration(raster.kind.name, *raster.scale_and_offset)


def _shares(one: Grid, two: Grid) -> list[float]:
    """Share of the first's columns that the second's bounds cover, from 0 to 1.

    In degrees also of bounds that are turned around the Earth to the east and to the west.
    """
    try:
        bounds = transform_bounds(two.crs, one.crs, *_bounds(two))
    except gdal_errors():  # The first has no such coordinates.
        return [0.0]
    degrees = one.crs is not None and one.crs.is_geographic
    shares = []
    for west, south, east, north in around_the_earth(bounds) if degrees else [bounds]:
        corners = [~one.transform @ (x, y) for x in (west, east) for y in (south, north)]
        columns, rows = zip(*corners, strict=True)
        covered = min(max(columns), one.width) - max(min(columns), 0)
        meet = covered > 0 and min(rows) < one.height and max(rows) > 0
        shares.append(covered / one.width if meet else 0.0)
    return shares


def _bounds(grid: Grid) -> tuple[float, float, float, float]:
    corners = [grid.transform @ (x, y) for x in (0, grid.width) for y in (0, grid.height)]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _extent(grid: Grid) -> str:
    left, bottom, right, top = _bounds(grid)
    return f"{left:.8g} to {right:.8g} by {bottom:.8g} to {top:.8g} ({grid.crs})"


def _moved(grid: Grid, shift: tuple[float, float]) -> Grid:
    transform = grid.transform @ Affine.translation(*shift)
    return Grid(grid.width, grid.height, grid.crs, transform)
