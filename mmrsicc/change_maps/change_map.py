"""Base of change detectors without labels: two images to a score per pixel."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class ChangeMap(ABC):
    """Base of unsupervised change detectors: two arrays in, a score per pixel out.

    Attributes:
        threshold: What makes a mask of the scores where nothing else is said: a number, or a name
            in :data:`~mmrsicc.change_maps.thresholds.THRESHOLDS`.
        same_bands: Whether both dates must have the same bands, and values of one kind.
    """

    threshold: str | float = "otsu"
    same_bands = True

    def __call__(
        self, before: np.ndarray, after: np.ndarray, valid: np.ndarray | None = None
    ) -> np.ndarray:
        """Scores of a pair, higher where more has changed.

        Args:
            before: (H, W, C) of any numeric type, any bands.
            after: (H, W, C), pixel on pixel, in the same unit unless ``same_bands`` is False.
            valid: (H, W) bool, where both dates have data; None: everywhere. Pixels that are not
                finite count as without data in any case.

        Returns:
            (H, W) float32; 0 where there is no data.

        Raises:
            ValueError: The arrays have other shapes.
        """
        valid = _valid(before, after, valid, self.same_bands)
        scores = np.zeros(valid.shape, np.float32)
        if valid.any():
            first, second = (
                np.where(valid[..., None], date, date.dtype.type(0)) for date in (before, after)
            )
            scores[valid] = self.score(first, second, valid)[valid]
        return scores

    @abstractmethod
    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Scores (H, W) of checked images (H, W, C), which are 0 where there is no data."""


def _valid(
    before: np.ndarray, after: np.ndarray, valid: np.ndarray | None, same_bands: bool
) -> np.ndarray:
    """Pixels (H, W) that have data in both dates."""
    compared = slice(None) if same_bands else slice(2)
    if not before.ndim == after.ndim == 3 or before.shape[compared] != after.shape[compared]:
        raise ValueError(
            f"before is {before.shape}, after is {after.shape}: give two images (H, W, bands) of "
            f"one size{' with the same bands' if same_bands else ''}"
        )
    finite = np.isfinite(before).all(axis=2) & np.isfinite(after).all(axis=2)
    if valid is None:
        return finite
    if valid.shape != finite.shape:
        raise ValueError(f"valid is {valid.shape}: give (H, W) of the images, {finite.shape}")
    return valid.astype(bool) & finite
