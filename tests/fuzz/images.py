"""Images, pairs of them, masks, and what GDAL alone reads of them."""

import numpy as np
from fuzz.kind import Kind
from PIL import Image

from mmrsicc.datasets.image_io import read_class_map, read_image, read_pair
from mmrsicc.datasets.image_windows import (
    image_size,
    mask_values,
    read_image_window,
    read_mask_window,
    reads_windows,
)
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.utils.windows import Window

try:
    import rasterio
    from rasterio.transform import Affine
except ImportError:
    rasterio = None

SIZE = 24
RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
DEEP = RNG.integers(200, 3000, (3, SIZE, SIZE)).astype(np.uint16)
MASK = np.zeros((SIZE, SIZE), np.uint8)
MASK[4:12, 4:20] = 255


def picture(name, pixels=RGB, **options):
    """Makes a file by Pillow."""

    def make(folder):
        if options.pop("turned", False):
            options["exif"] = Image.Exif()
            options["exif"][274] = 6
        Image.fromarray(pixels).save(folder / name, **options)
        return folder / name

    return make


def raster(name, values=DEEP, nodata=None, **options):
    """Makes a file by GDAL."""

    def make(folder):
        driver = "JP2OpenJPEG" if name.endswith(".jp2") else "GTiff"
        profile = {"driver": driver, "width": SIZE, "height": SIZE, "count": len(values)}
        place = {"crs": "EPSG:32631", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
        with rasterio.open(
            folder / name, "w", **profile, dtype=values.dtype, nodata=nodata, **place, **options
        ) as file:
            file.write(values)
        return folder / name

    return make


def pages(folder):
    images = [Image.fromarray(band) for band in RGB.transpose(2, 0, 1)]
    images[0].save(folder / "pages.tif", save_all=True, append_images=images[1:])
    return folder / "pages.tif"


def is_image(found, good, path):
    """Three channels of 8 bits; what they show has no checksum."""
    for image in found if isinstance(found, tuple) else (found,):
        if isinstance(image, np.ndarray):
            assert image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8


def is_same(found, good, path):
    """PNG has checksums: what is read is what was written, and else it is refused.

    A text in the file may still say how it is turned.
    """
    assert any(
        np.array_equal(turned, good)
        for image in (found, np.swapaxes(found, 0, 1))
        for turned in (image, image[::-1], image[:, ::-1], image[::-1, ::-1])
    )


def is_mask(found, good, path):
    assert found.ndim == 2 and found.dtype == np.uint8


def with_a_good_date(path):
    good = path.with_name("good.tif")
    if not good.exists():
        raster("good.tif")(path.parent)
    return read_pair(good, path)


def part(size):
    return Window(0, 0, min(size[0], 8), min(size[1], 8))


def image_window(path):
    reads_windows.cache_clear()
    size = image_size(path)
    if not reads_windows(str(path)):
        return read_image(path)
    return read_image_window(str(path), part(size))


def mask_window(path):
    reads_windows.cache_clear()
    mask_values.cache_clear()
    size = image_size(path)
    if not reads_windows(str(path)):
        return read_mask(path)
    return read_mask_window(str(path), part(size))


KINDS = {
    "png": Kind(picture("x.png"), read_image, check=is_same),
    "png of 16 bits": Kind(picture("x.png", DEEP[0]), read_image, check=is_same),
    "jpeg": Kind(picture("x.jpg", turned=True), read_image, check=is_image),
    "webp": Kind(picture("x.webp"), read_image, check=is_image),
    "gif": Kind(picture("x.gif"), read_image, check=is_image),
    "bmp": Kind(picture("x.bmp"), read_image, check=is_image),
    "tiff": Kind(picture("x.tif", compression="tiff_lzw"), read_image, check=is_image),
    "tiff of pages": Kind(pages, read_image, check=is_image),
    "png mask": Kind(picture("m.png", MASK), read_mask, check=is_same),
    "jpeg mask": Kind(picture("m.jpg", MASK), read_mask, check=is_mask),
    "class map": Kind(picture("m.png", MASK), read_class_map, check=is_same),
}

if rasterio is not None:
    KINDS |= {
        "tiff of 16 bits by band": Kind(
            raster("x.tif", interleave="band", photometric="RGB"), read_image, check=is_image
        ),
        "tiff of floats": Kind(
            raster("x.tif", DEEP / np.float32(1e4), -9999, compress="zstd"),
            read_image,
            check=is_image,
        ),
        "tiff of a pair": Kind(raster("x.tif", nodata=0), with_a_good_date, check=is_image),
        "jpeg 2000": Kind(raster("x.jp2", RGB.transpose(2, 0, 1)), read_image, check=is_image),
        "window of a tiff": Kind(
            raster("x.tif", RGB.transpose(2, 0, 1), tiled=True, blockxsize=16, blockysize=16),
            image_window,
            check=is_image,
        ),
        "window of a mask": Kind(
            raster("m.tif", MASK[None], nodata=None, compress="deflate"), mask_window, check=is_mask
        ),
        "tiff mask": Kind(raster("m.tif", MASK[None], compress="zstd"), read_mask, check=is_mask),
    }
