"""Features of pixels for methods that learn from a pair itself."""

from __future__ import annotations

import cv2
import numpy as np

from mmrsicc.utils.many_bands import by_bands

#: Percentiles of a band that become 0 and 1.
_PERCENTILES = (1.0, 99.0)


def scaled(date: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Bands (H, W, C) float32 from 0 to 1, each by its own percentiles; 0.5 without data."""
    low, high = np.percentile(date[valid].astype(np.float64), _PERCENTILES, axis=0)
    span = np.where(high > low, high - low, 1)
    values = np.clip((date - low) / span, 0, 1)
    return np.where(valid[..., None], values, 0.5).astype(np.float32)


def patches(image: np.ndarray, size: int) -> np.ndarray:
    """The ``size`` x ``size`` pixels around each, (H, W, size * size * C); borders are mirrored."""
    around = size // 2
    wide = np.pad(image, ((around, around), (around, around), (0, 0)), mode="reflect")
    window = (size, size, image.shape[2])
    views = np.lib.stride_tricks.sliding_window_view(wide, window)[:, :, 0]
    return views.transpose(0, 1, 4, 2, 3).reshape(*image.shape[:2], -1)


def texture(image: np.ndarray, size: int = 5) -> np.ndarray:
    """Values, means and deviations around each pixel, (H, W, 3 C)."""

    def mean(bands: np.ndarray) -> np.ndarray:
        return cv2.blur(bands, (size, size), borderType=cv2.BORDER_REFLECT_101)

    image = np.ascontiguousarray(image, np.float32)
    means = by_bands(mean, image)
    deviations = np.sqrt(np.maximum(by_bands(mean, image**2) - means**2, 0))
    return np.concatenate([image, means, deviations], axis=2)
