"""Windows of one size that together cover an image."""

from typing import NamedTuple


class Window(NamedTuple):
    """Part of an image, in pixels.

    Attributes:
        x: First column.
        y: First row.
        width: Columns.
        height: Rows.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to cut the window out of an array (H, W, ...)."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    @property
    def rows_and_columns(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and last of both, as rasterio takes a window."""
        return (self.y, self.y + self.height), (self.x, self.x + self.width)


def cover(width: int, height: int, size: int, overlap: int) -> list[Window]:
    """Windows, row by row, such that each pixel of an image is in at least one of them.

    The last ones of a row or column are moved back inside, so that none sticks out; an image that
    is smaller than a window gives smaller ones.

    Args:
        width: Width of the image in pixels.
        height: Height of the image in pixels.
        size: Edge of a window.
        overlap: Pixels that neighbours share at least.

    Raises:
        ValueError: If the overlap is not smaller than the window.
    """
    if not 0 <= overlap < size:
        raise ValueError(
            f"windows of {size} pixels cannot overlap by {overlap}: take 0 to {size - 1}"
        )
    return [
        Window(x, y, min(size, width), min(size, height))
        for y in starts(height, size, overlap)
        for x in starts(width, size, overlap)
    ]


def strips(width: int, height: int, pixels: int) -> list[Window]:
    """Windows of whole rows, from top to bottom, such that each pixel of an image is in one.

    Args:
        width: Width of the image in pixels.
        height: Height of the image in pixels.
        pixels: Most pixels of a window, if a row has no more.
    """
    rows = max(1, pixels // width)
    return [Window(0, y, width, min(rows, height - y)) for y in range(0, height, rows)]


def starts(length: int, size: int, overlap: int) -> list[int]:
    """First pixels of the windows along one edge; an overlap below 0 leaves pixels between them."""
    if length <= size:
        return [0]
    return [*range(0, length - size, size - overlap), length - size]
