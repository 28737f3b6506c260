"""Windows that cover an image, and windows of files."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.image_io import read_image
from mmrsicc.datasets.image_windows import (
    image_size,
    mask_values,
    read_image_window,
    read_mask_window,
    reads_windows,
)
from mmrsicc.datasets.mask_io import decode_mask, read_mask
from mmrsicc.utils.windows import Window, cover, strips


@pytest.mark.parametrize(
    ("size", "overlap", "count"),
    # 10 columns by 7 rows. Of 4 pixels without overlap: columns from 0, 4, 6, rows from 0, 3.
    [(4, 0, 6), (4, 2, 4 * 3), (7, 0, 2), (10, 3, 1), (50, 10, 1), (1, 0, 70)],
)
def test_windows_cover_every_pixel_and_none_sticks_out(size, overlap, count):
    windows = cover(10, 7, size, overlap)
    assert len(windows) == count
    seen = np.zeros((7, 10), int)
    for window in windows:
        assert window.x >= 0 and window.x + window.width <= 10
        assert window.y >= 0 and window.y + window.height <= 7
        assert (window.width, window.height) == (min(size, 10), min(size, 7))
        seen[window.slices] += 1
    assert seen.min() >= 1
    rows = [w for w in windows if w.y == 0]
    assert all(a.x + a.width - b.x >= overlap for a, b in pairwise(rows))


def test_windows_by_hand():
    assert cover(5, 3, 3, 1) == [Window(0, 0, 3, 3), Window(2, 0, 3, 3)]
    with pytest.raises(ValueError, match="cannot overlap by 3: take 0 to 2"):
        cover(5, 3, 3, 3)


def test_strips_hold_each_pixel_once():
    assert strips(5, 7, 15) == [Window(0, 0, 5, 3), Window(0, 3, 5, 3), Window(0, 6, 5, 1)]
    assert strips(5, 2, 4) == [Window(0, 0, 5, 1), Window(0, 1, 5, 1)]
    assert strips(5, 2, 99) == [Window(0, 0, 5, 2)]


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("RGB", {"compression": "tiff_lzw"}),
        ("RGBA", {}),
        ("L", {"compression": "tiff_deflate"}),
    ],
)
def test_window_of_a_tiff_equals_that_part_of_the_whole(tmp_path, mode, options):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    path = tmp_path / "image.tif"
    channels = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, *channels), np.uint8)
    Image.fromarray(pixels, mode).save(path, **options)
    window = Window(5, 11, 20, 9)
    assert reads_windows(str(path))
    assert image_size(path) == (30, 40)
    assert np.array_equal(read_image_window(str(path), window), read_image(path)[11:20, 5:25])


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("L", {"compression": "tiff_deflate"}),
        ("L", {"tiffinfo": {42113: "255"}}),
        ("L", {"tiffinfo": {262: 0}}),
        ("RGB", {}),
        ("1", {}),
    ],
)
def test_window_of_a_mask_is_read_by_the_values_of_the_whole(tmp_path, mode, options):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    path = tmp_path / "mask.tif"
    pixels = np.zeros((40, 30), np.uint8)
    pixels[12:15, 6:9] = 1 if 42113 in options.get("tiffinfo", {}) else 255
    pixels[30:, 20:] = 255
    Image.fromarray(pixels).convert(mode).save(path, **options)
    window = Window(5, 11, 20, 9)
    if reads_windows(str(path)):
        part = read_mask_window(str(path), window)
        assert np.array_equal(part, read_mask(path)[11:20, 5:25]) and part.sum() == 9
        found, whole = mask_values(str(path)), decode_mask(path)[1]
        assert np.array_equal(found.counts, whole.counts)
        assert (found.lossy, found.no_data) == (whole.lossy, whole.no_data)
    else:  # GDAL has bits as a palette; where 0 is white, its values are not the colours.
        assert mode == "1" or options == {"tiffinfo": {262: 0}}


def test_a_coloured_window_of_a_mask_is_refused(tmp_path):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    path = tmp_path / "green.tif"
    Image.new("RGB", (8, 8), (0, 255, 0)).save(path)
    with pytest.raises(ValueError, match=r"green\.tif is coloured, such as \(0, 255, 0\)"):
        read_mask_window(str(path), Window(0, 0, 4, 4))


def test_what_is_decoded_whole(tmp_path):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    deep = tmp_path / "deep.tif"
    Image.fromarray(np.full((4, 4), 3000, np.uint16)).save(deep)
    palette = tmp_path / "palette.tif"
    Image.new("P", (4, 4)).save(palette)
    png = tmp_path / "image.png"
    Image.new("RGB", (6, 4)).save(png)
    assert not any(reads_windows(str(path)) for path in (deep, palette, png))
    assert image_size(png) == (6, 4)


def test_too_large_and_broken_images_are_named(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    Image.new("L", (30, 20)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"large\.png is too large.*TIFF.*pip install rasterio"):
        image_size(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"large\.png is no image"):
        image_size(path)
