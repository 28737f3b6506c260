"""Windows of image files that are too large, or too many, to be decoded for every tile.

A TIFF file is read by windows through rasterio, where that is installed; other formats can only be
decoded whole.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from mmrsicc.datasets.band_values import choose_bands
from mmrsicc.datasets.image_io import reads_band_windows
from mmrsicc.datasets.mask_io import grey
from mmrsicc.datasets.mask_values import MaskClasses, MaskValues, value_table
from mmrsicc.datasets.picture_file import check_pixels, picture_size
from mmrsicc.datasets.raster_image import has_rasterio, open_raster
from mmrsicc.datasets.tiff import is_tiff, tiff_pages
from mmrsicc.utils.tar_members import open_file
from mmrsicc.utils.windows import Window


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height of an image in pixels, upright, from the head of its file.

    Raises:
        ValueError: If it cannot be read, or is so large that it must be read by windows and cannot.
    """
    if not _is_tiff(path):
        return picture_size(path)
    size = tiff_pages(path)[0].size
    if not reads_windows(str(path)) and not reads_band_windows(str(path)):
        check_pixels(path, size)
    return size


@lru_cache(maxsize=4096)
def reads_windows(path: str) -> bool:
    """Whether a file can be read by windows: an 8-bit TIFF, grey or RGB, and rasterio is there."""
    if not _is_tiff(path) or not has_rasterio():
        return False
    try:
        pages = tiff_pages(path)
    except ValueError:
        return False  # Decoding the whole file raises a clear error.
    return len(pages) == 1 and pages[0].number == 1 and pages[0].for_windows


def read_image_window(path: str, window: Window, bands: Sequence[int] | None = None) -> np.ndarray:
    """Window of an image as (H, W, 3) uint8 RGB, equal to that part of the whole image.

    Args:
        path: The file.
        window: The part.
        bands: As for :func:`mmrsicc.datasets.image_io.read_pair`.
    """
    with open_raster(path, driver="GTiff") as file:
        if bands is None:
            bands = (1, 2, 3) if file.count >= 3 else (1,)
        numbers = choose_bands(path, ["undefined"] * file.count, bands)
        pixels = file.read(numbers, window=window.rows_and_columns)
    return np.moveaxis(np.broadcast_to(pixels, (3, *pixels.shape[1:])), 0, -1)


def read_mask_window(
    path: str, window: Window, classes: MaskClasses | None = None, binary: bool = False
) -> np.ndarray:
    """Window of a mask as (H, W) uint8, equal to that part of the whole mask.

    Args:
        path: The file.
        window: The part.
        classes: As for :func:`mmrsicc.datasets.mask_io.read_mask`.
        binary: The same.
    """
    # The values of the whole file decide their meaning: a window may lack the 255.
    table = value_table(mask_values(path), classes, path, binary)
    with open_raster(path) as file:
        return table[file.read(1, window=window.rows_and_columns)]


@lru_cache(maxsize=4096)
def mask_values(path: str) -> MaskValues:
    """Values of a whole mask, read with one block in memory at a time.

    Raises:
        ValueError: If it is damaged, coloured or transparent.
    """
    counts = np.zeros(256, np.int64)
    with open_raster(path) as file:
        lossy = file.profile.get("compress") == "jpeg"
        for _, block in file.block_windows(1):
            bands = np.moveaxis(file.read(window=block), 0, -1)
            values = bands[..., 0] if file.count == 1 else grey(bands, path, lossy)
            counts += np.bincount(values.ravel(), minlength=256)
        return MaskValues(
            counts,
            lossy=lossy,
            one_bit=file.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == "1",
            no_data=file.nodata == 255,
        )


def _is_tiff(path: str | Path) -> bool:
    with open_file(path) as file:
        return is_tiff(file.read(4))
