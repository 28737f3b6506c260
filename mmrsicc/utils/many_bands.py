"""OpenCV's functions on images of any number of bands."""

from collections.abc import Callable

import numpy as np

#: Most bands that OpenCV 5 takes; OpenCV 4 takes 512.
_MOST = 128


def by_bands(function: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> np.ndarray:
    """What a function that treats each band alike makes of an (H, W, C) image or an (H, W) map.

    The result has as many axes as the image: OpenCV drops the axis of a single band.
    """
    if image.ndim == 2:
        return function(image)
    parts = [
        function(np.ascontiguousarray(image[..., start : start + _MOST]))
        for start in range(0, image.shape[2], _MOST)
    ]
    parts = [part.reshape(*part.shape[:2], -1) for part in parts]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
