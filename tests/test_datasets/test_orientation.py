"""EXIF and TIFF orientation: one rule for images, masks, tiles and sizes."""

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.image_io import read_image, read_values
from mmrsicc.datasets.image_windows import image_size, reads_windows
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.transforms import LoadPair, LoadTile

#: The letter F, as it is to be seen, in fields of 16 pixels, so that JPEG keeps it.
LETTER = np.kron(
    np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]]), np.ones((16, 16))
)
UPRIGHT = (LETTER * 255).astype(np.uint8)

#: What the specification of EXIF says where the stored first row and first column are seen.
STORED = {
    1: UPRIGHT,  # top, left
    2: UPRIGHT[:, ::-1],  # top, right
    3: UPRIGHT[::-1, ::-1],  # bottom, right
    4: UPRIGHT[::-1],  # bottom, left
    5: UPRIGHT.T,  # left, top
    6: np.rot90(UPRIGHT, 1),  # right, top
    7: UPRIGHT[::-1, ::-1].T,  # right, bottom
    8: np.rot90(UPRIGHT, -1),  # left, bottom
}


def test_the_stored_forms_are_those_of_the_specification():
    """Row 0 and column 0 of the stored image are the named sides of the upright one."""
    sides = {
        "top": UPRIGHT[0],
        "bottom": UPRIGHT[-1],
        "left": UPRIGHT[:, 0],
        "right": UPRIGHT[:, -1],
    }
    named = ["top left", "top right", "bottom right", "bottom left"]
    named += ["left top", "right top", "right bottom", "left bottom"]
    for orientation, names in enumerate(named, 1):
        row, column = names.split()
        stored = STORED[orientation]
        for line, side in ((stored[0], row), (stored[:, 0], column)):
            assert sorted(line) == sorted(sides[side])
    # Of a right turn the first row reads from top to bottom of the right side.
    assert np.array_equal(STORED[6][0], UPRIGHT[:, -1])
    assert np.array_equal(STORED[8][0], UPRIGHT[::-1, 0])


def save(path, orientation, pixels=None):
    pixels = STORED[orientation] if pixels is None else pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if path.suffix == ".webp" else {}
    if path.suffix == ".tif":
        image.save(path, tiffinfo={274: orientation})
    else:
        image.save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_images_masks_tiles_and_sizes_are_upright(tmp_path, suffix, orientation):
    path = save(tmp_path / f"x{suffix}", orientation)
    expected = np.dstack([UPRIGHT] * 3).astype(int)
    assert np.abs(read_image(path) - expected).max() <= 4
    assert np.array_equal(read_mask(path, binary=True), UPRIGHT // 255)
    assert image_size(path) == (48, 80)
    pair = {"before_path": str(path), "after_path": str(path), "mask_path": str(path)}
    whole = LoadPair(binary_mask=True)(dict(pair))
    tile = LoadTile(binary_mask=True)({**pair, "window": (10, 20, 30, 40)})
    for key in ("before", "gt_mask"):
        assert np.array_equal(tile[key], whole[key][20:60, 10:40])
    assert tile["ori_shape"] == (80, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_too(tmp_path, suffix, orientation):
    if suffix == ".tif":
        pytest.importorskip("rasterio", reason="OpenCV does not turn 16 bits")
    deep = STORED[orientation].astype(np.uint16) * 100
    path = save(tmp_path / f"x{suffix}", orientation, deep)
    assert np.array_equal(read_values(path).values, UPRIGHT[None].astype(np.uint16) * 100)
    assert image_size(path) == (48, 80)


def test_turned_tiffs_are_not_read_by_windows(tmp_path):
    pytest.importorskip("rasterio", reason="needs the extra geo")
    assert reads_windows(str(save(tmp_path / "a.tif", 1)))
    assert not reads_windows(str(save(tmp_path / "b.tif", 6)))


@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b""])
def test_damaged_exif_data_say_nothing(tmp_path, exif):
    Image.fromarray(UPRIGHT).save(tmp_path / "x.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "x.png")[..., 0], UPRIGHT)
    Image.fromarray(UPRIGHT).save(tmp_path / "x.jpg", exif=exif)
    assert read_image(tmp_path / "x.jpg").shape == (80, 48, 3)
    assert image_size(tmp_path / "x.jpg") == (48, 80)


def test_an_orientation_that_does_not_exist_is_none(tmp_path):
    path = save(tmp_path / "x.png", 9, UPRIGHT)
    assert np.array_equal(read_image(path)[..., 0], UPRIGHT)
