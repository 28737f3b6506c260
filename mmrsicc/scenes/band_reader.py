"""Values of two scenes for a captioner that reads bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rasterio.windows import Window

from mmrsicc.datasets.band_values import BandValues
from mmrsicc.datasets.radiometry import Calibration, check_comparable
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.raster import Raster
from mmrsicc.utils.counts import counted

if TYPE_CHECKING:
    from mmrsicc.datasets.transforms import LoadBands


class BandReader:
    """Reads windows of both dates as a model's ``LoadBands`` reads pairs.

    Args:
        before: Files of the first date; their bands are counted through.
        after: Files of the second date.
        loading: The model's.
        nodata: Value that stands for no data beside those that the files name.

    Attributes:
        picture_bands: Per date, numbers of the bands in the files that are shown.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file cannot be read or lacks a band; dates of one sensor are of other kinds.
    """

    def __init__(
        self,
        before: Sequence[str],
        after: Sequence[str],
        loading: LoadBands,
        nodata: float | None = None,
    ) -> None:
        self._loading = loading
        self._dates = [
            Raster(paths, bands, nodata, every_band=True)
            for paths, bands in zip((before, after), loading.band_numbers, strict=True)
        ]
        if loading.same_sensor:
            self._check_alike(*self._dates)
        self.picture_bands = [self._shown(date) for date in (0, 1)]

    def on_grid(self, grid: Grid) -> BandReader:
        """Reads the second date on another grid from now on; returns the reader."""
        self._dates[1] = self._dates[1].on_grid(grid)
        return self

    def read(self, window: Window) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, bool]:
        """Values (H, W, C) of both dates, where both have data, and whether they are equal there.

        Raises:
            ValueError: A file is damaged; names it.
        """
        from mmrsicc.datasets.transforms.band_loading import filled

        found = []
        for date, raster in enumerate(self._dates):
            stored, has_data = raster.read(window)
            image = BandValues(stored, has_data, self._calibration(raster))
            found.append(self._loading.quantities(date, image))
        (first, valid_first), (second, valid_second) = found
        valid = valid_first & valid_second
        # Values of two sensors are never compared.
        identical = self._loading.same_sensor and bool(
            (np.isclose(first, second).all(axis=2) | ~valid).all()
        )
        return (filled(first, valid_first), filled(second, valid_second)), valid, identical

    def close(self) -> None:
        """Closes the files."""
        for raster in self._dates:
            raster.close()

    def _shown(self, date: int) -> tuple[int, ...]:
        count = self._dates[date].count
        numbers = self._loading.band_numbers[date] or range(1, count + 1)
        return tuple(numbers[i - 1] for i in self._loading.shown(date, count))

    def _check_alike(self, first: Raster, second: Raster) -> None:
        if first.count != second.count:
            raise ValueError(
                f"{first.name} has {counted(first.count, 'band')}, {second.name} {second.count}: "
                "the model reads the same of both"
            )
        check_comparable(self._calibration(first), self._calibration(second))

    def _calibration(self, raster: Raster) -> Calibration:
        return Calibration(raster.kind.name, *raster.scale_and_offset)
