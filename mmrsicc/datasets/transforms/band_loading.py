"""The first step of pipelines for images of any bands and types, of one sensor or of two."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.datasets.band_values import Bands, BandValues, Numbered, check_band_numbers
from mmrsicc.datasets.georeference import check_same_ground
from mmrsicc.datasets.image_io import read_bands
from mmrsicc.datasets.radiometry import PERCENTILES, Stretch, check_comparable
from mmrsicc.datasets.raster_image import read_tiff_window
from mmrsicc.datasets.transforms.loading import LoadPair
from mmrsicc.registry import TRANSFORMS
from mmrsicc.utils.counts import counted
from mmrsicc.utils.windows import Window


@TRANSFORMS.register_module()
class LoadBands(LoadPair):
    """Read a pair as values of all bands, or of some, and its labels as :class:`LoadPair` does.

    Sets ``before`` (H, W, C_1) and ``after`` (H, W, C_2), float32, in the unit that each file
    declares (its scale and offset applied). Pixels without data get the mean of their band over the
    pixels of the image that have some, so that they lie near 0 once normalised. Grey of 8 bits has
    three equal bands, as in pictures.

    Args:
        before_bands: Bands of the first date, counted from 1 without alpha, in the order that the
            model gets them; None: all.
        after_bands: The same of the second date.
        same_sensor: Both dates must have equally many bands of comparable values; False for two
            sensors, such as SAR before and optical after.
        decibels: Per date, whether its values, powers such as SAR's sigma nought, become
            ``10 log10(value)``; those of 0 or less are no data then.
        picture_bands: Per date, positions from 1 among the bands that are read, of one that is
            shown grey or of red, green and blue; None: the first three, or the first where there
            are fewer.
        binary_mask: As for :class:`LoadPair`.
        resize_mismatched: As for :class:`LoadPair`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: As :class:`LoadPair`, or if a file lacks a band.
    """

    def __init__(
        self,
        before_bands: Sequence[int] | None = None,
        after_bands: Sequence[int] | None = None,
        same_sensor: bool = True,
        decibels: Sequence[bool] = (False, False),
        picture_bands: Sequence[Sequence[int]] | None = None,
        binary_mask: bool = False,
        resize_mismatched: bool = False,
    ) -> None:
        super().__init__(binary_mask, resize_mismatched=resize_mismatched)
        check_band_numbers("LoadBands: before_bands", before_bands)
        check_band_numbers("LoadBands: after_bands", after_bands)
        for bands in picture_bands or ():
            check_band_numbers("LoadBands: picture_bands of a date", bands)
        self.band_numbers = (before_bands, after_bands)
        self.same_sensor = same_sensor
        self.decibels = tuple(decibels)
        self.picture_bands = picture_bands

    def read(self, before: str, after: str, window: Window | None = None) -> list[BandValues]:
        """Chosen bands of both files, or of a window of them, as they are stored.

        Raises:
            FileNotFoundError, ValueError: See the class.
        """
        check_same_ground(before, after)
        dates = [self._stored(date, path, window) for date, path in enumerate((before, after))]
        if self.same_sensor:
            first, second = dates
            if len(first.values) != len(second.values):
                raise ValueError(
                    f"{before} has {counted(len(first.values), 'band')}, {after} "
                    f"{len(second.values)}: choose the same of both, or set "
                    "LoadBands(same_sensor=False)"
                )
            try:
                check_comparable(first.calibration, second.calibration)
            except ValueError as error:
                raise ValueError(f"{before} and {after}: {error}") from error
        return dates

    def quantities(self, date: int, image: BandValues) -> tuple[np.ndarray, np.ndarray]:
        """Values (H, W, C) float64 in the declared unit or in decibels, and where there is data.

        Args:
            date: 0 for the first, 1 for the second.
            image: As the file stores it.
        """
        values = image.calibration.quantity(image.values)
        valid = image.valid & np.isfinite(values).all(axis=0)
        if image.nodata is not None:
            valid &= (image.values != image.nodata).any(axis=0)
        if self.decibels[date]:
            valid &= (values > 0).all(axis=0)
            values = 10 * np.log10(np.where(valid, values, 1))
        return values.transpose(1, 2, 0), valid

    def picture(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both dates, (H, W, C_t) of any type, as (H, W, 3) uint8 to look at.

        The 1st and the 99th percentile of each band become 0 and 255: of both dates together where
        they are of one sensor, else of each by itself.
        """
        shown = [
            date[..., [band - 1 for band in self.shown(k, date.shape[2])]].transpose(2, 0, 1)
            for k, date in enumerate((before, after))
        ]
        pixels = [date.reshape(len(date), -1) for date in shown]
        if self.same_sensor:
            pixels = [np.concatenate(pixels, axis=1)] * 2
        first, second = (
            _stretch(values)(date, np.ones(date.shape[1:], bool))
            for values, date in zip(pixels, shown, strict=True)
        )
        return first, second

    def read_one(self, date: int, path: str | Path, window: Window | None = None) -> np.ndarray:
        """An image of a date, or a window of it, as its file stores the chosen bands: (H, W, C)."""
        return self._stored(date, path, window).values.transpose(1, 2, 0)

    def _validity_bands(self) -> list[Bands]:
        return ["all" if bands is None else Numbered(bands) for bands in self.band_numbers]

    def _stored(self, date: int, path: str | Path, window: Window | None) -> BandValues:
        bands = self.band_numbers[date]
        if window is None:
            return read_bands(path, bands)
        return read_tiff_window(path, window, "all" if bands is None else Numbered(bands))

    def read_dates(self, results: dict[str, Any], window: Window | None = None) -> None:
        """Set both dates, or a window of them."""
        dates = self.read(results["before_path"], results["after_path"], window)
        for k, key in enumerate(("before", "after")):
            results[key] = filled(*self.quantities(k, dates[k]))

    def shown(self, date: int, count: int) -> Sequence[int]:
        """Positions from 1 of the bands that a picture of a date of ``count`` bands shows."""
        if self.picture_bands is not None:
            return self.picture_bands[date]
        return (1, 2, 3) if count >= 3 else (1,)


def filled(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Values (H, W, C) as float32, the mean of each band where there is no data."""
    if not valid.all():
        means = values[valid].mean(axis=0) if valid.any() else 0.0
        values = np.where(valid[..., None], values, means)
    return np.ascontiguousarray(values, np.float32)


def _stretch(values: np.ndarray) -> Stretch:
    """Stretch of pixels (bands, N)."""
    low, high = np.percentile(values, PERCENTILES, axis=1)
    # A band of one value has no range: it becomes black.
    high = np.where(high > low, high, low + 1)
    return Stretch(tuple(low.tolist()), tuple(high.tolist()))
