"""Windows of image files that are too large, or too many, to be decoded for every tile.

A TIFF file is read by windows through rasterio, where that is installed; other formats can only be
decoded whole.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from mmrsicc.datasets.mask_io import grey
from mmrsicc.datasets.mask_values import MaskClasses, MaskValues, value_table
from mmrsicc.utils.windows import Window

_TIFF = {".tif", ".tiff"}
_TOO_LARGE = (
    "is too large to be decoded whole: save it as an 8-bit TIFF and install rasterio (pip install "
    "rasterio), so that only windows of it are read"
)


def image_size(path: str | Path) -> tuple[int, int]:
    """Width and height of an image in pixels, from the head of its file.

    Raises:
        ValueError: If it cannot be read, or is so large that it must be read by windows and cannot.
    """
    if reads_windows(str(path)):
        import rasterio

        with rasterio.open(path) as file:
            return file.width, file.height
    try:
        with Image.open(path) as image:
            return image.size
    except UnidentifiedImageError as error:
        raise ValueError(f"{path} is no image that can be read: copy it again") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path} {_TOO_LARGE}") from error


@lru_cache(maxsize=4096)
def reads_windows(path: str) -> bool:
    """Whether a file can be read by windows: an 8-bit TIFF, grey or RGB, and rasterio is there."""
    if Path(path).suffix.lower() not in _TIFF or find_spec("rasterio") is None:
        return False
    import rasterio
    from rasterio.enums import ColorInterp
    from rasterio.errors import RasterioIOError

    # Not a palette, nor 0 for white.
    plain = (ColorInterp.gray, ColorInterp.red)
    try:
        with rasterio.open(path) as file:
            return set(file.dtypes) == {"uint8"} and file.colorinterp[0] in plain
    except RasterioIOError:
        return False  # Decoding it whole says what is wrong with it.


def read_image_window(path: str, window: Window) -> np.ndarray:
    """Window of an image as (H, W, 3) uint8 RGB, equal to that part of the whole image."""
    import rasterio

    with rasterio.open(path) as file:
        bands = [1, 2, 3] if file.count >= 3 else [1, 1, 1]
        return np.moveaxis(file.read(bands, window=_rows_and_columns(window)), 0, -1)


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
    import rasterio

    # What a value means is told by the whole file: a window may lack the 255 beside the 1.
    table = value_table(mask_values(path), classes, path, binary)
    with rasterio.open(path) as file:
        return table[file.read(1, window=_rows_and_columns(window))]


@lru_cache(maxsize=4096)
def mask_values(path: str) -> MaskValues:
    """What a whole mask holds, with one block of it in memory at a time.

    Raises:
        ValueError: If it is coloured or transparent.
    """
    import rasterio

    counts = np.zeros(256, np.int64)
    with rasterio.open(path) as file:
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


def _rows_and_columns(window: Window) -> tuple[tuple[int, int], tuple[int, int]]:
    """The window as rasterio takes it, too."""
    return (window.y, window.y + window.height), (window.x, window.x + window.width)
