"""The radiometry of two scenes, from samples at full resolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from mmrsicc.scenes.settings import SceneSettings

#: Sample windows along each edge, and their edge in pixels. Overviews are not used: they average,
#: so that the range of their values shrinks as the scene grows.
_PER_SIDE = 8
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
    found = _samples(read, size, seen, _PER_SIDE**2 if needed else 1)
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
    if width * height <= (_PER_SIDE * _EDGE) ** 2:
        parts = _with_data(read, [None], 1)
    else:
        parts = _with_data(read, _spread(width, height), most)
        if len(parts) < min(_FEW, most) and (there := seen()).any():
            parts = _with_data(read, _windows_on(there, width, height), most)
    if not parts:
        return None
    firsts, seconds = zip(*parts, strict=True)
    return np.concatenate(firsts, axis=1), np.concatenate(seconds, axis=1)


def _with_data(
    read: Read, windows: list[Window | None], most: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Values (bands, N) of the first windows that have data."""

    def values() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for window in windows:
            before, after, valid = read(window)
            if valid.any():
                yield before[:, valid], after[:, valid]

    return list(islice(values(), most))


def _spread(width: int, height: int) -> list[Window | None]:
    """Windows that are evenly spread over a scene."""
    places = (np.arange(_PER_SIDE) + 0.5) / _PER_SIDE
    return [_window(x, y, width, height) for y in places for x in places]


def _windows_on(seen: np.ndarray, width: int, height: int) -> list[Window | None]:
    """Windows that are evenly spread over the cells of an overview that have data."""
    cells = np.flatnonzero(seen)
    chosen = cells[np.linspace(0, len(cells) - 1, _PER_SIDE**2).astype(int)]
    rows, columns = np.divmod(chosen, seen.shape[1])
    return [
        _window((column + 0.5) / seen.shape[1], (row + 0.5) / seen.shape[0], width, height)
        for row, column in zip(rows, columns, strict=True)
    ]


def _window(x: float, y: float, width: int, height: int) -> Window:
    """Window about a place, from 0 to 1 along each edge, that stays inside."""
    edges = min(_EDGE, width), min(_EDGE, height)
    starts = (
        int(np.clip(round(place * length) - _EDGE // 2, 0, max(length - _EDGE, 0)))
        for place, length in ((x, width), (y, height))
    )
    return Window(*starts, *edges)
