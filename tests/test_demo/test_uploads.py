import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrsicc.demo.uploads import Limits, check_image, check_raster, read_pair

LIMITS = Limits(megabytes=1, pixels=10_000)


def png_header(width, height):
    """A PNG file of a few bytes that claims to be of any size."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def test_pixels_of_all_kinds_become_rgb(image, noise):
    rgb = noise(40, 60, 3)
    files = {
        "rgb.png": (rgb, rgb),
        "rgb.tif": (rgb, rgb),
        "rgb.webp": (rgb, rgb),
        "grey.png": (rgb[..., 0], np.repeat(rgb[..., :1], 3, 2)),
        "rgba.png": (np.dstack([rgb, rgb[..., 0]]), rgb),
    }
    plain = image("plain.png", rgb)
    for name, (pixels, expected) in files.items():
        options = {"lossless": True} if name.endswith("webp") else {}
        pair = read_pair(image(name, pixels, **options), plain, LIMITS).picture
        assert pair.shape == (2, 40, 60, 3) and pair.dtype == np.uint8, name
        np.testing.assert_array_equal(pair[0], expected, name)
        np.testing.assert_array_equal(pair[1], rgb)
    deep = image("deep.png", np.arange(40 * 60, dtype=np.uint16).reshape(40, 60) * 27)
    pair = read_pair(deep, deep, LIMITS).picture
    assert (pair[:, 0, 0] == 0).all() and (pair[:, -1, -1] == 255).all()


def test_a_tiff_that_pillow_does_not_know(tmp_path, noise):
    """Three bands without colours, as rasterio writes 16 bits unless told otherwise."""
    rasterio = pytest.importorskip("rasterio", reason="pip install 'mmrsicc[geo]'")
    size = {"width": 60, "height": 40, "count": 3, "dtype": "uint8"}
    pixels, file = noise(40, 60, 3), tmp_path / "bands.tif"
    with rasterio.open(file, "w", "GTiff", photometric="MINISBLACK", **size) as dataset:
        dataset.write(pixels.transpose(2, 0, 1))
    np.testing.assert_array_equal(read_pair(str(file), str(file), LIMITS).picture[1], pixels)
    with pytest.raises(ValueError, match="60 x 40 pixels: it"):
        check_image(file, Limits(1, 2000))


def test_a_turned_photograph_has_the_size_that_is_seen(image, noise):
    exif = Image.Exif()
    exif[274] = 6
    turned = image("turned.jpg", noise(40, 60, 3), exif=exif)
    pair = read_pair(turned, image("upright.png", noise(60, 40, 3)), LIMITS)
    assert pair.picture.shape == (2, 60, 40, 3)


def bad_files(folder, noise):
    """Name, bytes and what the visitor is told."""
    whole = folder / "whole.png"
    Image.fromarray(noise(50, 50, 3)).save(whole)
    frames = [Image.fromarray(noise(20, 20, 3)) for _ in range(2)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(noise(50, 50, 3), "LAB").save(folder / "lab.tif")
    return [
        ("text.png", b"no image at all", "no image"),
        ("cut.png", whole.read_bytes()[:2000], "damaged"),
        ("header.png", whole.read_bytes()[:20], "no image|damaged"),
        ("empty.png", b"", "empty"),
        ("heavy.png", b"\x89PNG" + bytes(1_000_001), "1.0 MB, at most 1 MB"),
        ("large.png", png_header(101, 100), "101 x 100 pixels.*10,000"),
        ("bomb.png", png_header(60_000, 60_000), "10,000"),
        ("moving.webp", None, "2 images"),
        ("moving.gif", None, "no image that can be read: give a PNG"),
        ("lab.tif", None, "CIELab: write it as"),
    ]


def test_bad_files_are_refused_by_their_names_alone(tmp_path, noise):
    for name, content, expected in bad_files(tmp_path, noise):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ValueError, match=expected) as error:
            read_pair(str(file), str(file), LIMITS)
        assert name in str(error.value) and str(tmp_path) not in str(error.value), name


def test_limits_hold_before_pixels_are_decoded(tmp_path, monkeypatch):
    file = tmp_path / "bomb.png"
    file.write_bytes(png_header(5000, 5000))
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("was decoded"))
    with pytest.raises(ValueError, match="5000 x 5000"):
        check_image(file, LIMITS)
    assert check_image(file, Limits(1, 25_000_000)) == (5000, 5000)


def test_sizes_must_agree(image, noise):
    with pytest.raises(ValueError, match=r"a.png is 30 x 20, b.png is 20 x 20 pixels"):
        read_pair(image("a.png", noise(20, 30, 3)), image("b.png", noise(20, 20, 3)), LIMITS)


def test_limits_that_let_nothing_in():
    for limits in ({"megabytes": 0}, {"pixels": 0}):
        with pytest.raises(ValueError, match="must be positive"):
            Limits(**limits)


def test_rasters_that_read_other_files_are_refused(image, noise, tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="pip install 'mmrsicc[geo]'")
    inner = image("inner.tif", noise(30, 30, 3))
    check_raster(Path(inner), LIMITS)
    starts = {"a.tif": b"", "b.png": b"\x89PNG", "c.png": b"\x89PNG\r\n\x1a\n", "d.tif": b"II*"}
    for name, start in starts.items():
        file = tmp_path / name
        file.write_bytes(
            start + b'<VRTDataset rasterXSize="30" rasterYSize="30"><VRTRasterBand dataType="Byte" '
            b'band="1"><SimpleSource><SourceFilename>%s</SourceFilename></SimpleSource>'
            b"</VRTRasterBand></VRTDataset>" % inner.encode()
        )
        with rasterio.open(file) as dataset:  # GDAL itself would read it, whatever its name.
            assert dataset.driver == "VRT"
        with pytest.raises(ValueError, match=f"{name} is no raster"):
            check_raster(file, LIMITS)
    with pytest.raises(ValueError, match="200 x 100 pixels"):
        check_raster(Path(image("wide.tif", noise(100, 200))), LIMITS)
    (tmp_path / "cut.tif").write_bytes(b"II*\0" + bytes(9))
    with pytest.raises(ValueError, match=r"cut\.tif is no raster"):
        check_raster(tmp_path / "cut.tif", LIMITS)
    # A TIFF's tags may name another file, which GDAL then reads for overviews.
    with rasterio.open(inner, "r+") as dataset:
        dataset.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=str(tmp_path / "wide.tif"))
    with pytest.raises(ValueError, match=r"inner\.tif reads other files"):
        check_raster(Path(inner), LIMITS)


def test_rasters_of_huge_blocks_are_refused(tmp_path):
    rasterio = pytest.importorskip("rasterio", reason="pip install 'mmrsicc[geo]'")
    size = {"width": 5000, "height": 5000, "count": 12, "dtype": "float32"}
    # Sparse: blocks that are not there need no room in the file.
    written = {"driver": "GTiff", "sparse_ok": True, "compress": "deflate"}
    layouts = {
        "strip.tif": {"blockysize": 5000, "interleave": "pixel"},  # 1.2 GB in one block
        "bands.tif": {"blockysize": 5000, "interleave": "band"},  # 100 MB
        "tiled.tif": {"tiled": True, "interleave": "pixel"},
    }
    for name, layout in layouts.items():
        rasterio.open(tmp_path / name, "w", **written, **size, **layout).close()
    limits = Limits(1, 25_000_000)
    with pytest.raises(ValueError, match=r"strip\.tif has blocks of 1200 MB.*TILED=YES"):
        check_raster(tmp_path / "strip.tif", limits)
    check_raster(tmp_path / "bands.tif", limits)
    check_raster(tmp_path / "tiled.tif", limits)
    many = {**size, "count": 500, "tiled": True, "interleave": "band"}
    rasterio.open(tmp_path / "many.tif", "w", **written, **many).close()
    with pytest.raises(ValueError, match=r"many\.tif has 500 bands of 5000 x 5000 pixels"):
        check_raster(tmp_path / "many.tif", Limits(10, 25_000_000))


def test_overviews_and_previews_are_no_second_images(tmp_path, noise):
    shutil = pytest.importorskip("rasterio.shutil", reason="pip install 'mmrsicc[geo]'")
    pixels = np.repeat(np.repeat(noise(10, 10, 3), 60, axis=0), 60, axis=1)
    Image.fromarray(pixels).save(tmp_path / "flat.tif")
    shutil.copy(tmp_path / "flat.tif", tmp_path / "cog.tif", driver="COG", compress="LZW")
    Image.fromarray(pixels).save(
        tmp_path / "camera.jpg",
        "MPO",
        save_all=True,
        append_images=[Image.fromarray(pixels[::4, ::4])],
    )
    for name in ("cog.tif", "camera.jpg"):
        with Image.open(tmp_path / name) as image:
            assert image.n_frames == 2, name
        file = str(tmp_path / name)
        assert read_pair(file, file, Limits(2, 10**6)).picture.shape == (2, 600, 600, 3)


def test_a_broken_second_page_is_damage(tmp_path, noise):
    page = Image.fromarray(noise(9, 9))
    page.save(tmp_path / "two.tif", save_all=True, append_images=[page])
    content = bytearray((tmp_path / "two.tif").read_bytes())
    (first,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, first)
    struct.pack_into("<I", content, first + 2 + 12 * entries, len(content))
    (tmp_path / "two.tif").write_bytes(content + bytes(6))  # a page without any tag
    two = str(tmp_path / "two.tif")
    with pytest.raises(ValueError, match=r"^two\.tif is damaged or cut short .*: copy it again$"):
        read_pair(two, two, LIMITS)
    page.save(two, save_all=True, append_images=[page.resize((5, 5))])
    with pytest.raises(ValueError, match=r"^two\.tif has 2 images in it"):
        read_pair(two, two, LIMITS)
