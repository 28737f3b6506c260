"""Estimates the remaining shift between two dates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from rasterio.windows import Window

from mmrsicc.scenes.pair import ScenePair

#: Minimum height of the correlation peak, 0 to 1, for a window to count.
LEAST_PEAK = 0.05
#: Windows along each edge of the scene.
_PER_SIDE = 4


@dataclass(frozen=True)
class Shift:
    """The shift of the second date against the first.

    Attributes:
        columns: Pixels to the right, the median over windows.
        rows: Pixels down, likewise.
        spread: Median distance of the windows' shifts from that median, in pixels. Above about 1,
            the windows do not agree, and the shift is not to be trusted.
        peak: Median height of the correlation's peak, 0 to 1: how alike the windows are.
        windows: Windows that had a say.
    """

    columns: float
    rows: float
    spread: float
    peak: float
    windows: int

    @property
    def length(self) -> float:
        """Length of the shift in pixels."""
        return float(np.hypot(self.columns, self.rows))


def estimate_shift(pair: ScenePair, size: int = 256) -> Shift | None:
    """Estimates the shift that is left by phase correlation (Kuglin & Hines 1975).

    Args:
        pair: The scenes.
        size: Edge of a window in pixels; half the scene's in small scenes, so that there are
            several that can agree.

    Returns:
        The shift, or None where no window has both data and a clear peak, or a single one of
        several that have data.
    """
    grid = pair.grid
    width, height = (min(size, (edge + 1) // 2) for edge in (grid.width, grid.height))
    found, full = [], 0
    for row in _spread(grid.height, height, _PER_SIDE):
        for column in _spread(grid.width, width, _PER_SIDE):
            pixels = pair.read(Window(column, row, width, height))
            if pixels.valid.mean() > 0.9:
                full += 1
                columns, rows, peak = window_shift(pixels.before, pixels.after, pixels.valid)
                if peak >= LEAST_PEAK:
                    found.append((columns, rows, peak))
    if len(found) < min(full, 2) or not found:  # One of several agrees with itself alone.
        return None
    shifts, peaks = np.array(found)[:, :2], np.array(found)[:, 2]
    columns, rows = np.median(shifts, axis=0)
    spread = np.median(np.hypot(*(shifts - (columns, rows)).T))
    peak = np.median(peaks)
    return Shift(float(columns), float(rows), float(spread), float(peak), len(found))


def window_shift(
    before: np.ndarray, after: np.ndarray, valid: np.ndarray
) -> tuple[float, float, float]:
    """Shift of one (H, W, 3) uint8 image against another, to a fraction of a pixel.

    Args:
        before: The first date.
        after: The second date.
        valid: (H, W) bool, where both have data: holes are black in both, and lie at no shift.

    Returns:
        Pixels to the right and down by which things in ``after`` lie off, and the height of the
        correlation's peak from 0 to 1: 0 for an image without structure.
    """
    first, second = _structure(before, valid), _structure(after, valid)
    if first is None or second is None:
        return 0.0, 0.0, 0.0
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_64F)
    (columns, rows), peak = cv2.phaseCorrelate(first, second, window)
    return columns, rows, min(peak, 1.0)


def _structure(image: np.ndarray, valid: np.ndarray) -> np.ndarray | None:
    """Grey values without their mean, 0 without data; None where nothing can be correlated."""
    grey = image.mean(axis=2)
    if min(grey.shape) < 16 or not valid.any() or grey[valid].std() < 1:
        return None
    return np.where(valid, grey - grey[valid].mean(), 0.0)


def _spread(length: int, size: int, count: int) -> list[int]:
    """Evenly spread starts, fewer where windows would overlap by more than half."""
    count = min(count, max(2 * length // size - 1, 1))
    return np.linspace(0, length - size, count).astype(int).tolist()
