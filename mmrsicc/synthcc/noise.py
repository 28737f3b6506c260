"""Random fields that are the same on every machine.

They rest on raw PCG64 output, whose stream NumPy guarantees, and on elementwise arithmetic, which
IEEE 754 fixes; NumPy's own distributions and OpenCV's filters promise neither.
"""

import numpy as np


def value_noise(seed: int, side: int, cell: int) -> np.ndarray:
    """Smooth noise between -0.5 and 0.5, (side, side) float64, that wraps around.

    Args:
        seed: Which noise.
        side: Pixels a side.
        cell: Distance in pixels between two independent values.
    """
    number = max(side // cell, 1)
    raw = np.random.PCG64(seed).random_raw(number * number)
    grid = ((raw >> np.uint64(40)).astype(np.float64) / 2.0**24 - 0.5).reshape(number, number)
    at = np.arange(side) * number / side
    low = at.astype(np.int64)
    part = at - low
    part = part * part * (3 - 2 * part)
    high = (low + 1) % number
    rows = grid[low] * (1 - part)[:, None] + grid[high] * part[:, None]
    return rows[:, low] * (1 - part) + rows[:, high] * part


def grain(seed: int, side: int, strength: float) -> np.ndarray:
    """Independent noise for each pixel, bell shaped, (side, side) float64.

    Args:
        seed: Which noise.
        side: Pixels a side.
        strength: Standard deviation.
    """
    words = np.random.PCG64(seed).random_raw(side * side // 2 + 1)
    octets = words.view(np.uint8)[: side * side * 4].reshape(side, side, 4).astype(np.int64)
    # The sum of four bytes has mean 510 and standard deviation 147.8.
    return (octets[..., 0] + octets[..., 1] + octets[..., 2] + octets[..., 3] - 510) * (
        strength / 147.8
    )
