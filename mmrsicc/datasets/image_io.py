"""Images and semantic maps from files, the same way for training, verification and inference."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmrsicc.datasets.band_values import Bands, BandValues, Numbered, choose_bands, upright
from mmrsicc.datasets.georeference import check_same_ground
from mmrsicc.datasets.picture_file import (
    check_pixels,
    decode_picture,
    deep_values,
    orientation_of,
    to_rgb,
    turned,
)
from mmrsicc.datasets.picture_file import is_deep as _is_deep
from mmrsicc.datasets.radiometry import Radiometry, common_radiometry, stays
from mmrsicc.datasets.raster_image import (
    INSTALL,
    container,
    has_rasterio,
    is_jpeg_2000,
    read_jpeg_2000,
    read_tiff,
)
from mmrsicc.datasets.tiff import BLACK_IS_ZERO, RGB, TiffPage, are_bands, is_tiff, tiff_pages
from mmrsicc.utils.counts import counted
from mmrsicc.utils.tar_members import gdal_name, is_file, open_file, read_bytes

#: Maximum number of pixels per date for computing a robust range.
_SAMPLES = 2**18

#: Reads the files of both dates as (H, W, 3) uint8.
ReadPictures = Callable[[str | Path, str | Path], tuple[np.ndarray, np.ndarray]]


def read_image(
    path: str | Path,
    value_range: tuple[float, float] | None = None,
    bands: Sequence[int] | None = None,
) -> np.ndarray:
    """Image of a file as (H, W, 3) uint8 RGB, upright.

    8-bit images stay as they are: grey ones get three equal channels, an alpha channel is dropped.
    Others are brought to 8 bits as in :func:`read_pair`, by their own values alone.

    Args:
        path: PNG, JPEG, TIFF, BMP, WebP, GIF or JPEG 2000 file.
        value_range: As for :func:`read_pair`.
        bands: As for :func:`read_pair`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, cut short, too large or of a kind that cannot be read right.
    """
    image = read_values(path, bands)
    return _to_8_bits(str(path), image, image, value_range)[0]


def read_pair(
    before: str | Path,
    after: str | Path,
    value_range: tuple[float, float] | None = None,
    bands: Sequence[int] | None = None,
) -> tuple[np.ndarray, np.ndarray, Radiometry]:
    """Both images of a pair as (H, W, 3) uint8 RGB, upright, and how their values were read.

    Their sizes may differ. Where pixels of more than 8 bits have no data in one date, both are
    black.

    Args:
        before: File of the first date.
        after: File of the second date.
        value_range: Values, in the unit that the files declare, that become 0 and 255 where they
            have more than 8 bits. Sentinel-2 reflectances, for one, are well seen with (0, 3000).
            None: the 1st and the 99th percentile of both dates together, band by band.
        bands: One band, or red, green and blue, counted from 1, of files with several bands;
            None where the files leave no choice.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If one is damaged, cut short, too large or of a kind that cannot be read right;
            if their values or the ground that they show have nothing in common.
    """
    check_same_ground(before, after)
    first, second = read_values(before, bands), read_values(after, bands)
    return _to_8_bits(f"{before} and {after}", first, second, value_range)


def read_pictures(before: str | Path, after: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Both images as :func:`read_pair` reads them where nothing is known of their bands."""
    return read_pair(before, after)[:2]


def read_values(path: str | Path, bands: Bands = None) -> BandValues:
    """Values of an image as its file stores them, upright.

    Args:
        path: As for :func:`read_image`.
        bands: As for :func:`read_pair`; or "all" of them but alpha, or some of these.

    Raises:
        FileNotFoundError, ValueError: As :func:`read_image`.
    """
    if (found := _read_by_gdal(path, bands)) is not None:
        return found
    image, raw = decode_picture(path)
    if _is_deep(image, raw):
        values = upright(deep_values(path, raw), orientation_of(image))
    else:
        values = to_rgb(path, turned(image)).transpose(2, 0, 1)
    return _plain(path, values, bands)


def read_bands(path: str | Path, numbers: Sequence[int] | None = None) -> BandValues:
    """Values of all bands of an image but alpha, or of some of these, upright.

    Grey of 8 bits has three equal bands, as in pictures.

    Args:
        path: As for :func:`read_image`.
        numbers: From 1 without alpha; the other bands do not say where there is data. None: all.

    Raises:
        FileNotFoundError, ValueError: As :func:`read_image`, or there are no such bands.
    """
    return read_values(path, "all" if numbers is None else Numbered(numbers))


def reads_band_windows(path: str) -> bool:
    """Whether windows of all bands of a file can be read: a TIFF that GDAL reads, upright."""
    if not is_file(path) or not has_rasterio():
        return False
    with open_file(path) as file:
        if not is_tiff(file.read(4)):
            return False
    pages = tiff_pages(path)
    return len(pages) == 1 and pages[0].number == 1 and pages[0].for_band_windows


def read_class_map(
    path: str | Path, colours: Mapping[str, Sequence[int]] | None = None
) -> np.ndarray:
    """Semantic map as (H, W) uint8 class ids.

    Args:
        path: File to read.
        colours: RGB of each class by its name, in order of id; None: the file's first channel
            holds the ids.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, cut short or of an unknown kind, or has a colour of no class.
    """
    if colours is None:
        image, _ = _open(path)
        ids = np.array(image)
        if ids.min() < 0 or ids.max() > 255:
            raise ValueError(f"{path} has values up to {ids.max()}: class ids go from 0 to 255")
        return np.ascontiguousarray(ids if ids.ndim == 2 else ids[..., 0]).astype(np.uint8)
    pixels = read_image(path)
    classes = np.full(pixels.shape[:2], 255, np.uint8)
    for i, colour in enumerate(colours.values()):
        classes[(pixels == np.array(colour, np.uint8)).all(axis=-1)] = i
    if (unknown := classes == 255).any():
        raise ValueError(
            f"{path} has {counted(int(unknown.sum()), 'pixel')} in colours of no class, such as "
            f"{tuple(pixels[unknown][0].tolist())}: add it to semantic_classes in the data set's "
            "metainfo, or take the map as it was published"
        )
    return classes


def _open(path: str | Path) -> tuple[Image.Image, bytes]:
    """Decoded image, upright, and the bytes of its file; none where GDAL decoded it.

    Its ``info`` then has what GDAL says of the file: ``nodata``, ``lossy`` and ``one_bit``.
    """
    found = _read_by_gdal(path)
    if found is None:
        image, raw = decode_picture(path)
        return turned(image), raw
    pixels = found.values[0] if len(found.values) == 1 else found.values.transpose(1, 2, 0)
    try:
        image = Image.fromarray(np.ascontiguousarray(pixels))
    except TypeError as error:
        raise ValueError(
            f"{path} has {pixels.dtype} values: write it as 8-bit grey or RGB (gdal_translate)"
        ) from error
    image.info |= {"nodata": found.nodata, "lossy": found.lossy, "one_bit": found.one_bit}
    return image, b""


def _read_by_gdal(path: str | Path, bands: Bands = None) -> BandValues | None:
    """Values of a TIFF or JPEG 2000 file that Pillow does not read right; None of any other.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is empty, holds several rasters, or cannot be read right.
    """
    if not is_file(path):
        raise FileNotFoundError(f"no image at {path}: complete the folder or drop the pair")
    with open_file(path) as file:
        start = file.read(16)
    if not start:
        raise ValueError(f"{path} is cut short, it is empty: copy it again")
    if (found := container(path, start)) is not None:
        raise ValueError(
            f"{path} is no image but a {found}: write what you need as GeoTIFF (gdal_translate)"
        )
    if is_jpeg_2000(start):
        if not has_rasterio():
            raise ValueError(f"{path} is JPEG 2000, which needs rasterio: {INSTALL}")
        return read_jpeg_2000(path, bands)
    if not is_tiff(start):
        return None
    pages = tiff_pages(path)
    if len(pages) > 1 and not are_bands(pages):
        listed = "; ".join(f"{page.number}: {page}" for page in pages[:8])
        raise ValueError(
            f"{path} has {len(pages)} images in it, which are no bands of one ({listed}): write "
            f"the one that is meant (gdal_translate GTIFF_DIR:{pages[0].number}:{gdal_name(path)} "
            "page.tif)"
        )
    # A palette image has one band, so there is nothing to choose.
    chosen = _wants_gdal(pages[0], bands) and pages[0].colour in (BLACK_IS_ZERO, RGB)
    whole = len(pages) == 1 and pages[0].number == 1
    if whole and pages[0].for_pillow and not chosen:
        return None
    for size in (pages[0].size, pages[0].tile):
        check_pixels(path, size)
    if has_rasterio():
        return read_tiff(path, pages, bands)
    if not whole or chosen or not pages[0].for_opencv:
        several = f"{len(pages)} pages, each " if len(pages) > 1 else ""
        raise ValueError(f"{path} is {several}{pages[0]}, which needs rasterio: {INSTALL}")
    return _plain(path, deep_values(path, read_bytes(path)), bands)


def _plain(path: str | Path, values: np.ndarray, bands: Bands) -> BandValues:
    """Chosen bands of a file that says nothing of them."""
    if bands is not None:
        chosen = choose_bands(path, ["undefined"] * len(values), bands)
        values = values[[band - 1 for band in chosen]]
    return BandValues.plain(values)


def _wants_gdal(page: TiffPage, bands: Bands) -> bool:
    """Whether a TIFF page needs GDAL: Pillow reads no single bands, masks or no-data values."""
    if bands == "all" or isinstance(bands, Numbered):
        return page.samples > 3 or has_rasterio()
    return bands is not None


def _to_8_bits(
    names: str, first: BandValues, second: BandValues, value_range: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray, Radiometry]:
    """Both dates by one radiometry."""
    calibrations = first.calibration, second.calibration
    if stays(*calibrations):
        return _as_rgb(first), _as_rgb(second), Radiometry(*calibrations)
    valid = first.valid, second.valid
    deep = np.uint8 not in (first.values.dtype, second.values.dtype)
    if deep and valid[0].shape == valid[1].shape:
        valid = (valid[0] & valid[1],) * 2
    try:
        radiometry = common_radiometry(
            _samples(first.values, valid[0]),
            _samples(second.values, valid[1]),
            calibrations,
            value_range=value_range,
        )
    except ValueError as error:
        raise ValueError(f"{names}: {error}") from error
    before, after = radiometry.stretches
    return before(first.values, valid[0]), after(second.values, valid[1]), radiometry


def _as_rgb(image: BandValues) -> np.ndarray:
    """(H, W, 3) of 8-bit values that stay as they are."""
    pixels = image.values.transpose(1, 2, 0)
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def _samples(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Pixels that have data, (bands, N): all, or a random sample with a fixed seed."""
    chosen = np.flatnonzero(valid)
    if len(chosen) > _SAMPLES:
        # Random, since every n-th pixel could fall into a few columns.
        chosen = chosen[np.random.default_rng(0).integers(0, len(chosen), _SAMPLES)]
    return values.reshape(len(values), -1)[:, chosen]
