"""Normalised cross-correlation of the local contrast of two tiles.

Grey values are compared after their mean over some pixels is taken away and their spread is evened
out. So brightness, contrast and haze do not count, gradients over water do not correlate, and a
single bright thing does not outweigh the rest of a tile.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: Radius of the local window, in pixels.
_LOCAL = 8.0
#: Contrast in grey values below which there is only noise and compression.
_NOISE = 3.0
#: Spread of the local contrast below which a tile shows nothing: 1 where all is contrast.
_BLANK = 0.25
#: Maximum shift that is searched, as a share of the side: 16 of 256 pixels.
_REACH = 1 / 16

#: The eight symmetries of a square: quarter turns, and whether it is mirrored after.
ORIENTATIONS = tuple((turns, mirrored) for mirrored in (False, True) for turns in range(4))


@dataclass(frozen=True)
class Correlation:
    """Correlation of two tiles at their best offset.

    Attributes:
        ncc: Normalised cross-correlation, -1 to 1; 1 for the same pixels.
        down: Pixels by which the target's content lies lower than the source's.
        right: Pixels by which it lies farther right.
        turns: Quarter turns, counter-clockwise, of the target that bring it onto the source.
        mirrored: Whether it is mirrored left to right after that.
    """

    ncc: float
    down: int = 0
    right: int = 0
    turns: int = 0
    mirrored: bool = False


def correlate(source: np.ndarray, target: np.ndarray, oriented: bool = False) -> Correlation:
    """The best fit of two tiles over shifts up to 16 of 256 pixels.

    Args:
        source: (H, W) uint8.
        target: (H', W') uint8; resized where it has another size.
        oriented: Also try the target turned and mirrored.

    Returns:
        The fit; -1 where a tile shows nothing.
    """
    still, upright = local_contrast(source), _contrast_at(target, source.shape)
    if min(still.std(), upright.std()) < _BLANK:
        return Correlation(-1.0)
    if not oriented:
        return _fit(still, upright)
    # A quarter turn exchanges the sides, by which the target is resized.
    turned = _contrast_at(np.rot90(target), source.shape)
    laid = [upright, turned, np.rot90(upright, 2), np.rot90(turned, 2)]
    fits = (
        _fit(still, laid[turns][:, ::-1] if mirrored else laid[turns], turns, mirrored)
        for turns, mirrored in ORIENTATIONS
    )
    return max(fits, key=lambda fit: fit.ncc)


def _contrast_at(grey: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Local contrast of a tile at a size (H, W)."""
    grey = np.ascontiguousarray(grey)
    if grey.shape != shape:
        grey = cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA)
    return local_contrast(grey)


def local_contrast(grey: np.ndarray) -> np.ndarray:
    """(H, W) float32: pixels less their surroundings, in standard deviations of these."""
    smooth: np.ndarray = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    above = smooth - cv2.GaussianBlur(smooth, (0, 0), _LOCAL)
    spread = cv2.GaussianBlur(np.square(above), (0, 0), _LOCAL)
    return above / np.sqrt(spread + _NOISE**2)


def _fit(
    still: np.ndarray, moving: np.ndarray, turns: int = 0, mirrored: bool = False
) -> Correlation:
    """Best offset of contrasts of one size; how the second was laid is noted."""
    height, width = moving.shape
    down, right = max(round(height * _REACH), 1), max(round(width * _REACH), 1)
    middle = np.ascontiguousarray(moving[down : height - down, right : width - right])
    fits = cv2.matchTemplate(still, middle, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(fits)
    return Correlation(float(best), down - row, right - column, turns, mirrored)
