"""Reading of image files of all kinds."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets.image_io import read_image
from mmrsicc.datasets.mask_io import read_mask

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
DEEP = np.random.default_rng(1).integers(0, 65536, (20, 30, 3), dtype=np.uint16)


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.bmp"])
def test_lossless_files_come_back_as_they_were(tmp_path, name):
    np.testing.assert_array_equal(read_image(save(tmp_path / name, RGB)), RGB)


def test_jpeg_is_near(tmp_path):
    smooth = cv2.GaussianBlur(RGB, (15, 15), 5)
    image = read_image(save(tmp_path / "x.jpg", smooth, quality=95))
    assert np.abs(image.astype(int) - smooth).mean() < 3


def test_grey_palette_and_alpha_become_rgb(tmp_path):
    grey = RGB[..., 0]
    np.testing.assert_array_equal(
        read_image(save(tmp_path / "g.png", grey)), np.dstack([grey, grey, grey])
    )
    rgba = np.dstack([RGB, np.full((20, 30), 7, np.uint8)])
    np.testing.assert_array_equal(read_image(save(tmp_path / "a.png", rgba)), RGB)
    palette = Image.fromarray(RGB).quantize(16)
    palette.save(tmp_path / "p.png")
    np.testing.assert_array_equal(read_image(tmp_path / "p.png"), np.array(palette.convert("RGB")))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_stretched_between_percentiles_or_a_range(tmp_path, suffix, channels):
    path = tmp_path / f"deep{suffix}"
    deep = DEEP if channels < 4 else np.dstack([DEEP, DEEP[..., 0]])
    stored = deep[..., 0] if channels == 1 else deep[..., [2, 1, 0, 3][:channels]]
    assert cv2.imwrite(str(path), stored)
    source = np.dstack([DEEP[..., 0]] * 3) if channels == 1 else DEEP
    low, high = np.percentile(source.reshape(-1, 3), (1, 99), axis=0)
    expected = np.clip((source - low) / (high - low), 0, 1) * 255
    assert np.abs(read_image(path) - expected).max() <= 0.51
    expected = np.clip((source - 1000.0) / 2000, 0, 1) * 255
    assert np.abs(read_image(path, value_range=(1000, 3000)) - expected).max() <= 0.51


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_truncated_files_raise_with_path_and_mend(tmp_path, suffix, share):
    path = save(tmp_path / f"x{suffix}", RGB)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for read in (read_image, read_mask):
        with pytest.raises(ValueError, match=rf"x{suffix} is .*copy it again"):
            read(path)


def test_damaged_missing_and_foreign_files_raise(tmp_path):
    path = save(tmp_path / "x.png", RGB)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x.png is damaged"):
        read_image(path)
    with pytest.raises(FileNotFoundError, match=r"no image at .*y.png"):
        read_image(tmp_path / "y.png")
    buffer = BytesIO()
    Image.fromarray(RGB[..., 0].astype(np.float32)).save(buffer, "TIFF")
    (tmp_path / "f.tif").write_bytes(buffer.getvalue())
    (tmp_path / "f.tif").write_bytes(buffer.getvalue()[:-9])
    with pytest.raises(ValueError, match=r"f.tif is .*copy it again"):
        read_image(tmp_path / "f.tif")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"empty.png is .*empty.*copy it again"):
        read_image(tmp_path / "empty.png")


@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_a_png_with_a_wrong_checksum_is_refused(tmp_path, mode):
    """Pillow does not check it, and would decode other pixels."""
    path = tmp_path / "x.png"
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).convert(mode).save(path)
    whole = path.read_bytes()
    start = whole.index(b"IDAT") if mode == "RGB" else whole.index(b"PLTE")
    end = start + 4 + int.from_bytes(whole[start - 4 : start], "big")
    for place in (start + 12, end):  # in what is checked, and in the checksum
        raw = bytearray(whole)
        raw[place] ^= 1
        path.write_bytes(raw)
        with pytest.raises(ValueError, match=r"x\.png is (damaged|no image)"):
            read_image(path)
    path.write_bytes(whole)
    read_image(path)
