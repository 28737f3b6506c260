"""A whole scene, small: the mean of the pixels that have data, cell by cell.

Every pixel is looked at. The smaller versions that files may hold (pyramids) are not used: they
were made before anybody said which values are no data, or long before the last change of the file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rasterio.windows import Window

#: Longest edge of an overview, in pixels.
OVERVIEW_EDGE = 1200

#: Edge of the blocks that are read at a time, in pixels of the scene.
_BLOCK = 1024

#: Values of both dates, (bands, H, W), and where both have data, (H, W) bool.
Both = tuple[np.ndarray, np.ndarray, np.ndarray]


def read_small(
    read: Callable[[Window], Both], width: int, height: int, edge: int = OVERVIEW_EDGE
) -> Both:
    """Reads both dates of a scene, block by block, and shrinks them.

    Args:
        read: Gives both dates of a window.
        width: Of the scene, in pixels.
        height: Likewise.
        edge: Longest edge of the result; a smaller scene keeps its size.

    Returns:
        Means per cell over the pixels where both dates have data; a cell has data if one of its
        pixels does.
    """
    factor = max(1.0, max(width, height) / edge)
    columns, rows = _edges(width, factor), _edges(height, factor)
    cells = max(int(_BLOCK / factor), 1)
    strips = []
    for top in range(0, len(rows) - 1, cells):
        blocks = []
        for left in range(0, len(columns) - 1, cells):
            x, y = columns[left : left + cells + 1], rows[top : top + cells + 1]
            window = Window(int(x[0]), int(y[0]), int(x[-1] - x[0]), int(y[-1] - y[0]))
            blocks.append(_shrink(*read(window), (x - x[0])[:-1], (y - y[0])[:-1]))
        strips.append([np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True)])
    first, second, valid = (np.concatenate(parts, axis=-2) for parts in zip(*strips, strict=True))
    return first, second, valid


def _edges(length: int, factor: float) -> np.ndarray:
    """Edges of the cells: where each begins, and the end of the last one."""
    return np.linspace(0, length, max(round(length / factor), 1) + 1).round().astype(int)


def _shrink(
    first: np.ndarray, second: np.ndarray, valid: np.ndarray, x: np.ndarray, y: np.ndarray
) -> Both:
    """Means of the cells that begin at columns ``x`` and rows ``y``."""
    count = _sums(valid.astype(np.float64), x, y)
    small = []
    for values in (first, second):
        mean = _sums(np.where(valid, values, 0).astype(np.float64), x, y) / np.maximum(count, 1)
        small.append((mean if values.dtype.kind == "f" else np.rint(mean)).astype(values.dtype))
    return small[0], small[1], count > 0


def _sums(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.add.reduceat(np.add.reduceat(values, y, axis=-2), x, axis=-1)
