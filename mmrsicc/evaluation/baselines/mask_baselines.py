"""Mask baselines: change masks that need no model, which every detector must beat."""

import cv2
import numpy as np

from mmrsicc.change_maps import otsu


def all_unchanged(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Baseline "nothing has changed": (H, W) uint8 of 0."""
    return np.zeros(before.shape[:2], np.uint8)


def all_changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Baseline "everything has changed": (H, W) uint8 of 1."""
    return np.ones(before.shape[:2], np.uint8)


def otsu_difference(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Otsu's threshold (Otsu 1979) on the distance between a pair's colours.

    The distance is the root mean square over the bands. That of 8-bit images is rounded to 8 bits,
    and OpenCV finds the threshold that parts its values best; that of others is parted on 256 bins.
    A pair without any difference has no change.

    Args:
        before: (H, W, bands), uint8 or any other type.
        after: (H, W, bands), of the same bands.

    Returns:
        (H, W) uint8, 1 where changed.
    """
    distance = np.sqrt(((before.astype(np.float32) - after) ** 2).mean(axis=2))
    if before.dtype != np.uint8:
        return (distance > otsu(distance.ravel())).astype(np.uint8)
    _, mask = cv2.threshold(distance.round().astype(np.uint8), 0, 1, cv2.THRESH_OTSU)
    return mask


#: Mask baselines by their names in tables.
MASK_BASELINES = {
    "all unchanged": all_unchanged,
    "all changed": all_changed,
    "Otsu on the difference": otsu_difference,
}
