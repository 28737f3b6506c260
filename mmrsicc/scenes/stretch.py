"""The radiometry of two scenes, from samples at full resolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rasterio.windows import Window

from mmrsicc.datasets.radiometry import Calibration, Radiometry, common_radiometry, stays
from mmrsicc.scenes.settings import SceneSettings

#: Windows of samples, and their edge in pixels. An overview will not do: it averages, so that the
#: range of its values shrinks as the scene grows.
_WINDOWS = 64
_EDGE = 128

#: Values (bands, H, W) of both dates in a window, or in all, and where both have data.
Read = Callable[["Window | None"], tuple[np.ndarray, np.ndarray, np.ndarray]]


def scene_radiometry(
    read: Read,
    size: tuple[int, int],
    seen: np.ndarray,
    calibrations: tuple[Calibration, Calibration],
    settings: SceneSettings,
) -> Radiometry:
    """The radiometry that all tiles of two scenes share.

    Args:
        read: Reads both dates on one grid, at full resolution.
        size: Width and height of that grid.
        seen: (h, w) bool, where an overview of it has data, at least somewhere.
        calibrations: What the files of each date declare.
        settings: Percentiles or a range, if they are named.

    Raises:
        ValueError: The dates have no range in common, see :func:`common_radiometry`.
    """
    before = after = np.empty((len(calibrations[0].scale), 0))
    if settings.value_range is None and (settings.percentiles or not stays(*calibrations)):
        before, after = _samples(read, size, seen)
    return common_radiometry(
        before, after, calibrations, settings.percentiles, settings.value_range
    )


def _samples(read: Read, size: tuple[int, int], seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (bands, N) of both dates, of all pixels with data or of windows spread over them."""
    width, height = size
    windows: list[Window | None] = [None]
    if width * height > _WINDOWS * _EDGE**2:
        cells = np.flatnonzero(seen)
        rows, columns = np.divmod(
            cells[np.linspace(0, len(cells) - 1, _WINDOWS).astype(int)], seen.shape[1]
        )
        windows = [
            Window(
                _start((column + 0.5) / seen.shape[1], width),
                _start((row + 0.5) / seen.shape[0], height),
                min(_EDGE, width),
                min(_EDGE, height),
            )
            for row, column in zip(rows, columns, strict=True)
        ]
    parts = []
    for window in windows:
        before, after, valid = read(window)
        parts.append((before[:, valid], after[:, valid]))
    firsts, seconds = zip(*parts, strict=True)
    return np.concatenate(firsts, axis=1), np.concatenate(seconds, axis=1)


def _start(centre: float, length: int) -> int:
    """First pixel of a window about a place, from 0 to 1, that stays inside."""
    return int(np.clip(round(centre * length) - _EDGE // 2, 0, max(length - _EDGE, 0)))
