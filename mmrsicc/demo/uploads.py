"""Checks of uploaded files before they are decoded."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from mmrsicc.datasets.picture_file import frames_of
from mmrsicc.datasets.raster_image import has_rasterio
from mmrsicc.datasets.transforms import LoadBands, loading_step
from mmrsicc.visualization import raw_pair

#: Formats that Pillow may open; each further one is more code that a hostile file can reach.
IMAGE_KINDS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")

#: GDAL's drivers by the first bytes of PNG, TIFF and BigTIFF files. Other formats can name further
#: files to read, so that an upload could show other files of the server.
_RASTER_DRIVERS = {
    b"\x89PNG": "PNG",
    b"II*\0": "GTiff",
    b"MM\0*": "GTiff",
    b"II+\0": "GTiff",
    b"MM\0+": "GTiff",
}

#: Bands at the most pixels of an upload; of smaller rasters there may be more.
_BANDS = 16

#: Maximum size of a decoded block in bytes: GDAL decodes whole blocks.
_BLOCK_BYTES = 256 * 10**6


@dataclass(frozen=True)
class UploadedPair:
    """A pair as it was uploaded.

    Attributes:
        values: Both dates as a model takes them: (H, W, 3) uint8 RGB, or (H, W, C_t) of bands.
        picture: (2, H, W, 3) uint8 RGB.
    """

    values: tuple[np.ndarray, np.ndarray]
    picture: np.ndarray

    @classmethod
    def rgb(cls, picture: np.ndarray) -> UploadedPair:
        """Both dates as (2, H, W, 3) uint8 RGB."""
        return cls((picture[0], picture[1]), picture)


@dataclass(frozen=True)
class Limits:
    """Limits of an upload.

    Attributes:
        megabytes: Size of a file, in 10^6 bytes.
        pixels: Width times height.
    """

    megabytes: float = 50
    pixels: int = 25_000_000

    def __post_init__(self) -> None:
        if self.megabytes <= 0 or self.pixels < 1:
            raise ValueError(
                f"limits of {self.megabytes:g} MB and {self.pixels} pixels must be positive: "
                "give larger ones"
            )


def read_pair(
    before: str, after: str, limits: Limits, pipeline: Iterable[Any] = ()
) -> UploadedPair:
    """Pixels of two uploaded images; of a model that reads bands, rasters.

    Args:
        before: File of the first date.
        after: File of the second date.
        limits: Checked on the files' headers, before any pixel is decoded.
        pipeline: Transforms; their ``LoadPair`` or ``LoadBands`` says how values are read.

    Raises:
        ValueError: A file is no still image, too large or damaged, or their sizes differ; calls
            the files by their names alone.
    """
    files = [Path(before), Path(after)]
    loading = loading_step(pipeline)
    check = check_raster if isinstance(loading, LoadBands) else check_image
    sizes = [check(file, limits) for file in files]
    if sizes[0] != sizes[1]:
        named = [f"{f.name} is {w} x {h}" for f, (w, h) in zip(files, sizes, strict=True)]
        raise ValueError(
            f"sizes differ: {', '.join(named)} pixels. Both dates must show the same place pixel "
            "by pixel; GeoTIFFs go under Scenes, which warps one onto the other"
        )
    record = {"before_path": before, "after_path": after}
    try:
        if isinstance(loading, LoadBands):
            loaded = loading(record)
            values = loaded["before"], loaded["after"]
            return UploadedPair(values, np.stack(loading.picture(*values)))
        pair = raw_pair(record, pipeline)
    except (OSError, ValueError) as error:
        message = str(error)
        for file in files:
            message = message.replace(str(file), file.name)
        raise ValueError(message) from error
    return UploadedPair.rgb(np.stack([date.permute(1, 2, 0).numpy() for date in pair["inputs"]]))


def check_image(file: Path, limits: Limits) -> tuple[int, int]:
    """Refuses what is no still image within the limits, by its header.

    Returns:
        Width and height.

    Raises:
        ValueError: Says what is wrong with it.
    """
    check_bytes(file, limits)
    try:
        with warnings.catch_warnings():
            # Pillow's own limit; the stricter limit is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=IMAGE_KINDS) as image:
                size, frames = _upright_size(image), frames_of(image)
    except UnidentifiedImageError as error:
        if has_rasterio() and _raster_driver(file) == "GTiff":
            return check_raster(file, limits)  # Pillow knows few kinds of TIFF.
        raise ValueError(
            f"{file.name} is no image that can be read: give a PNG, JPEG, TIFF, BMP or WebP file "
            "(rasters with other bands than red, green and blue go under Scenes)"
        ) from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{file.name} {_too_many(limits)}") from error
    except (OSError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"{file.name} is damaged ({error}): export it again") from error
    check_pixels(file, size, limits)
    if frames > 1:
        raise ValueError(f"{file.name} has {frames} images in it: give one still image per date")
    return size


def check_raster(file: Path, limits: Limits) -> tuple[int, int]:
    """Refuses what is no GeoTIFF or PNG of its own within the limits, by its header.

    Returns:
        Width and height.

    Raises:
        ValueError: Says what is wrong with it.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    check_bytes(file, limits)
    unknown = f"{file.name} is no raster that can be read: give a GeoTIFF or PNG file"
    driver = _raster_driver(file)
    if driver is None:
        raise ValueError(unknown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(file, driver=driver) as dataset:
                size, block = (dataset.width, dataset.height), _block_bytes(dataset)
                bands = dataset.count
                alone = dataset.files == [str(file)]
            # Scenes are opened later without naming a driver.
            with rasterio.open(file) as dataset:
                alone = alone and dataset.driver == driver and dataset.files == [str(file)]
    except RasterioIOError as error:
        raise ValueError(unknown) from error
    if not alone:
        raise ValueError(f"{file.name} reads other files too: export it again as one GeoTIFF")
    check_pixels(file, size, limits)
    if math.prod(size) * bands > _BANDS * limits.pixels:
        raise ValueError(
            f"{file.name} has {bands} bands of {size[0]} x {size[1]} pixels, which is too much: "
            "leave bands out, or cut it"
        )
    if block > _BLOCK_BYTES:
        raise ValueError(
            f"{file.name} has blocks of {block / 1e6:.0f} MB, which are too large: write it again "
            "with gdal_translate -co TILED=YES"
        )
    return size


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height, as the image is to be seen; Pillow turns the size of a TIFF itself."""
    width, height = image.size
    # Without such a chunk, Pillow would decode a PNG to look for one.
    known = image.format != "TIFF" and "exif" in image.info
    turned = known and image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    return (height, width) if turned else (width, height)


def _raster_driver(file: Path) -> str | None:
    """GDAL's driver for a file, if it may be opened with it."""
    with file.open("rb") as start:
        return _RASTER_DRIVERS.get(start.read(4))


def _block_bytes(dataset: Any) -> int:
    """Decoded size of a block of a raster, with all bands that lie in it."""
    kind = dataset.dtypes[0]
    # NumPy has no type for GDAL's complex integers.
    item = 16 if kind.startswith("complex") else np.dtype(kind).itemsize
    together = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
    return int(math.prod(dataset.block_shapes[0])) * item * (dataset.count if together else 1)


def check_bytes(file: Path, limits: Limits) -> None:
    """Refuses empty and too large files.

    Raises:
        ValueError: Says which it is.
    """
    size = file.stat().st_size
    if size == 0:
        raise ValueError(f"{file.name} is empty: upload it again")
    if size > limits.megabytes * 1e6:
        raise ValueError(
            f"{file.name} has {size / 1e6:.1f} MB, at most {limits.megabytes:g} MB are taken here: "
            "cut out the part of interest"
        )


def check_pixels(file: Path, size: tuple[int, int], limits: Limits) -> None:
    """Refuses images with too many pixels, however few bytes they are packed into.

    Raises:
        ValueError: Names their size.
    """
    width, height = size
    if width * height > limits.pixels:
        raise ValueError(f"{file.name} has {width} x {height} pixels: it {_too_many(limits)}")


def _too_many(limits: Limits) -> str:
    return (
        f"has more pixels than are taken here ({limits.pixels:,}): cut out the part of interest, "
        "or scale it down"
    )
