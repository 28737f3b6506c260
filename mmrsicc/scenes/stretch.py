"""The radiometry of two scenes, from samples at full resolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from rasterio.windows import Window

from mmrsicc.datasets.radiometry import (
    Calibration,
    Radiometry,
    SensorRadiometries,
    common_radiometry,
    stays,
)
from mmrsicc.scenes.sample_windows import PER_SIDE, spread_windows, windows_on
from mmrsicc.scenes.settings import SceneSettings

#: Edge of sample windows in pixels. Overviews are not used: they average, so that the range of
#: their values shrinks as the scene grows.
_EDGE = 128

#: With fewer windows with data, an overview shows where to sample.
_FEW = 8

#: Values (bands, H, W) of both dates in a window, or in all, and where both have data.
Read = Callable[["Window | None"], tuple[np.ndarray, np.ndarray, np.ndarray]]


def scene_radiometry(
    read: Read,
    size: tuple[int, int],
    seen: Callable[[], np.ndarray],
    calibrations: tuple[Calibration, Calibration],
    settings: SceneSettings,
) -> Radiometry | SensorRadiometries | None:
    """The radiometry that all tiles of two scenes share.

    Args:
        read: Reads both dates on one grid, at full resolution.
        size: Width and height of that grid.
        seen: Gives (h, w) bool, where an overview of it has data; called where windows that are
            spread evenly hardly find any.
        calibrations: What the files of each date declare.
        settings: Percentiles or a range, if they are named, and whether each date has its own.

    Returns:
        None if no data was found.

    Raises:
        ValueError: The dates have no range in common, see :func:`common_radiometry`.
    """
    needed = settings.value_range is None and (
        settings.percentiles or settings.two_sensors or not stays(*calibrations)
    )
    found = _samples(read, size, seen, PER_SIDE**2 if needed else 1)
    if found is None:
        return None
    if settings.two_sensors:
        return SensorRadiometries(
            *(
                common_radiometry(values, values, (declared, declared), settings.percentiles)
                for values, declared in zip(found, calibrations, strict=True)
            )
        )
    before, after = found if needed else (np.empty((len(calibrations[0].scale), 0)),) * 2
    return common_radiometry(
        before, after, calibrations, settings.percentiles, settings.value_range
    )


def _samples(
    read: Read, size: tuple[int, int], seen: Callable[[], np.ndarray], most: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Values (bands, N) of both dates, of all pixels with data or of windows spread over them."""
    width, height = size
    if width * height <= (PER_SIDE * _EDGE) ** 2:
        parts = _with_data(read, [None], 1)
    else:
        parts = _with_data(read, spread_windows(width, height, _EDGE), most)
        if len(parts) < min(_FEW, most) and (there := seen()).any():
            parts = _with_data(read, windows_on(there, width, height, _EDGE), most)
    if not parts:
        return None
    firsts, seconds = zip(*parts, strict=True)
    return np.concatenate(firsts, axis=1), np.concatenate(seconds, axis=1)


def _with_data(
    read: Read, windows: Sequence[Window | None], most: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Values (bands, N) of the first windows that have data."""

    def values() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for window in windows:
            before, after, valid = read(window)
            if valid.any():
                yield before[:, valid], after[:, valid]

    return list(islice(values(), most))
