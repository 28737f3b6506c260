"""Change vector analysis."""

from __future__ import annotations

import numpy as np

from mmrsicc.change_maps.change_map import ChangeMap


class CVA(ChangeMap):
    """Change vector analysis (Malila 1980): the length of the difference of both dates' values.

    Args:
        standardize: First bring each band of each date to mean 0 and standard deviation 1, which
            takes out differences of brightness and contrast between the dates.
    """

    def __init__(self, standardize: bool = False) -> None:
        self.standardize = standardize

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Lengths of the change vectors, in the unit of the values or in standard deviations."""
        if self.standardize:
            before, after = standardized(before, valid), standardized(after, valid)
        return change_magnitude(before, after)


def change_magnitude(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Euclidean distance (H, W) of two images (H, W, C)."""
    return np.sqrt(((after.astype(np.float64) - before) ** 2).sum(axis=2))


def standardized(image: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """An image (H, W, C) with mean 0 and deviation 1 in each band; constant bands become 0."""
    pixels = image[valid].astype(np.float64)
    deviation = pixels.std(axis=0)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return (image - pixels.mean(axis=0)) * scale
