"""Image files of the kinds that people have: read right, or refused by name."""

import sys
import warnings
from itertools import product

import numpy as np
import pytest
from PIL import Image

from mmrsicc.datasets import image_windows, raster_image
from mmrsicc.datasets.image_io import read_image, read_pair, read_values
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.transforms import LoadPair, LoadTile

rasterio = pytest.importorskip("rasterio", reason="reading them needs the extra geo")
from rasterio import shutil  # noqa: E402

BYTES = np.random.default_rng(0).integers(0, 256, (5, 24, 32), dtype=np.uint8)
DEEP = np.random.default_rng(1).integers(0, 4000, (5, 24, 32), dtype=np.uint16)


def write(path, bands, **profile):
    """GeoTIFF of (bands, H, W), without coordinates."""
    size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", driver="GTiff", dtype=bands.dtype, **size, **profile) as file:
            file.write(bands)
    return path


def by_hand(values, low=1, high=99):
    """(3, H, W) values to 8 bits between percentiles of each band."""
    values = values.astype(np.float64)
    pooled = np.tile(values.reshape(len(values), -1), 2)  # Both dates are this one.
    ends = np.percentile(pooled, (low, high), axis=1)[..., None, None]
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1).transpose(1, 2, 0) * 255


KINDS = {
    "planar": (DEEP[:3], {"interleave": "band", "photometric": "RGB"}),
    "planar-tiled": (
        DEEP[:3],
        {"interleave": "band", "tiled": True, "blockxsize": 16, "blockysize": 16},
    ),
    "planar-deflate": (DEEP[:3], {"interleave": "band", "compress": "deflate", "predictor": 2}),
    "min-is-black": (DEEP[:3], {"photometric": "MINISBLACK"}),
    "rgbn": (DEEP[:4], {"photometric": "RGB", "alpha": "unspecified"}),
    "rgba": (DEEP[:4], {"photometric": "RGB", "alpha": "yes"}),
    "five": (DEEP, {"photometric": "RGB"}),
    "float": (DEEP[:3].astype(np.float32) / 1e4, {}),
    "float-rgb": (DEEP[:3].astype(np.float64) / 1e4, {"photometric": "RGB"}),
    "int16": (DEEP[:3].astype(np.int16) - 2000, {}),
    "int8": (BYTES[:3].view(np.int8), {}),
    "uint32": (DEEP[:3].astype(np.uint32) * 1000, {}),
    "zstd": (DEEP[:3], {"compress": "zstd"}),
    "lzma": (DEEP[:3], {"compress": "lzma"}),
    "lerc": (DEEP[:3], {"compress": "lerc"}),
    "12-bit": (DEEP[:3], {"nbits": 12}),
    "bigtiff": (DEEP[:3], {"bigtiff": "yes"}),
    "big-endian": (DEEP[:3], {"endianness": "big"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_deep_tiffs_are_read_as_rasterio_reads_them(tmp_path, kind):
    bands, profile = KINDS[kind]
    path = write(tmp_path / "x.tif", bands, **profile)
    found = read_values(path)
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(found.values, file.read([1, 2, 3]))
    assert np.abs(read_image(path) - by_hand(bands[:3])).max() <= 0.51
    np.testing.assert_array_equal(read_image(path), read_image(path))


EIGHT = {
    "zstd": (BYTES[:3], {"compress": "zstd"}),
    "lzma": (BYTES[:3], {"compress": "lzma"}),
    "webp": (BYTES[:3], {"compress": "webp", "webp_lossless": True, "interleave": "pixel"}),
    "min-is-black": (BYTES[:3], {"photometric": "MINISBLACK"}),
    "planar": (BYTES[:3], {"interleave": "band"}),
    "rgbn": (BYTES[:4], {"photometric": "RGB", "alpha": "unspecified"}),
    "five": (BYTES, {"photometric": "RGB"}),
    "five-planar": (BYTES, {"photometric": "RGB", "interleave": "band"}),
}


@pytest.mark.parametrize("kind", EIGHT)
def test_eight_bit_tiffs_stay_as_they_are(tmp_path, kind):
    bands, profile = EIGHT[kind]
    path = write(tmp_path / "x.tif", bands, **profile)
    np.testing.assert_array_equal(read_image(path), bands[:3].transpose(1, 2, 0))


def test_jpeg_in_tiff_is_what_rasterio_reads(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    bands = np.stack([smooth, 255 - smooth, smooth // 2])
    profile = {"compress": "jpeg", "photometric": "YCBCR", "interleave": "pixel"}
    path = write(tmp_path / "x.tif", bands, tiled=True, blockxsize=32, blockysize=32, **profile)
    with rasterio.open(path) as file:
        reference = np.moveaxis(file.read(), 0, -1)
    assert (
        np.abs(read_image(path).astype(int) - reference).max() <= 3
    )  # Their colour is subsampled.


def test_white_is_zero(tmp_path):
    deep = write(tmp_path / "deep.tif", DEEP[:1], photometric="MINISWHITE")
    np.testing.assert_array_equal(read_values(deep).values, 65535 - DEEP[:1])
    eight = write(tmp_path / "eight.tif", BYTES[:1], photometric="MINISWHITE")
    np.testing.assert_array_equal(read_image(eight)[..., 0], 255 - BYTES[0])
    zstd = write(tmp_path / "zstd.tif", BYTES[:1], photometric="MINISWHITE", compress="zstd")
    np.testing.assert_array_equal(read_image(zstd)[..., 0], 255 - BYTES[0])
    bits = (BYTES[:1] > 128).astype(np.uint8)
    for compress in ("none", "zstd"):
        one = write(
            tmp_path / "one.tif", bits, photometric="MINISWHITE", nbits=1, compress=compress
        )
        np.testing.assert_array_equal(read_image(one)[..., 0], 255 * (1 - bits[0]))
    signed = write(tmp_path / "s.tif", DEEP[:1].astype(np.int16), photometric="MINISWHITE")
    with pytest.raises(ValueError, match=r"s\.tif is .*signed grey with 0 for white.*0 for black"):
        read_image(signed)


@pytest.mark.parametrize("compress", ["none", "zstd"])
def test_palettes_become_colours(tmp_path, compress):
    indices = BYTES[:1] % 3
    colours = {0: (10, 20, 30), 1: (200, 100, 0), 2: (255, 255, 255)}
    path = tmp_path / "p.tif"
    size = {"count": 1, "height": 24, "width": 32, "dtype": "uint8", "photometric": "palette"}
    with rasterio.open(path, "w", driver="GTiff", compress=compress, **size) as file:
        file.write(indices)
        file.write_colormap(1, colours)
    expected = np.array([colours[i] for i in range(3)], np.uint8)[indices[0]]
    np.testing.assert_array_equal(read_image(path), expected)


@pytest.mark.parametrize("count", [2, 4, 5])
def test_bands_that_the_file_does_not_name_are_chosen(tmp_path, count):
    bands = DEEP[:count]
    path = write(tmp_path / "x.tif", bands, photometric="MINISBLACK", alpha="unspecified")
    with pytest.raises(ValueError, match=rf"x\.tif has {count} bands.*LoadPair\(bands=") as error:
        read_image(path)
    assert "cut short" not in str(error.value)
    np.testing.assert_array_equal(read_values(path, (2,)).values, bands[1:2])
    if count > 2:
        np.testing.assert_array_equal(read_values(path, (3, 2, 1)).values, bands[2::-1])
    with pytest.raises(ValueError, match=rf"{count} bands: bands=\(1, 2, 9\) must be"):
        read_image(path, bands=(1, 2, 9))
    pair = {"before_path": str(path), "after_path": str(path)}
    np.testing.assert_array_equal(
        LoadPair(bands=(2,))(dict(pair))["before"], read_image(path, bands=(2,))
    )


def test_colours_that_the_file_names_are_found(tmp_path):
    from rasterio.enums import ColorInterp as Colour

    path = write(tmp_path / "bgrn.tif", DEEP[:4], photometric="MINISBLACK", alpha="unspecified")
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [Colour.blue, Colour.green, Colour.red, Colour.undefined]
    np.testing.assert_array_equal(read_values(path).values, DEEP[2::-1])
    path = write(tmp_path / "bgr.tif", BYTES[:3], photometric="MINISBLACK")
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [Colour.blue, Colour.green, Colour.red]
    np.testing.assert_array_equal(read_image(path), BYTES[2::-1].transpose(1, 2, 0))
    assert not image_windows.reads_windows(str(path))


def test_bands_are_counted_without_alpha(tmp_path):
    from rasterio.enums import ColorInterp as Colour

    path = write(tmp_path / "x.tif", BYTES[[0, 1, 2, 3, 0]], photometric="RGB", alpha="yes")
    with rasterio.open(path, "r+") as file:
        assert file.colorinterp[3] == Colour.alpha
        file.write(np.full_like(BYTES[0], 7), 5)
    values = read_values(path, (4, 2, 3)).values
    np.testing.assert_array_equal(values, [np.full_like(BYTES[0], 7), *BYTES[1:3]])
    with pytest.raises(ValueError, match=r"has 4 bands: .* band 4 is marked as alpha, if it is no"):
        read_values(path, (5, 2, 3))


def test_complex_values_and_other_colours_are_refused_by_name(tmp_path):
    path = write(tmp_path / "sar.tif", DEEP[:1].astype(np.complex64))
    with pytest.raises(ValueError, match=r"sar\.tif has complex64 values: give bands of one real"):
        read_image(path)
    lab = Image.fromarray(np.moveaxis(BYTES[:3], 0, -1).copy(), "LAB")
    lab.save(tmp_path / "lab.tif")
    with pytest.raises(ValueError, match=r"lab\.tif is .*CIELab: write it as"):
        read_image(tmp_path / "lab.tif")


def pages(path, *images):
    first, *others = map(Image.fromarray, images)
    first.save(path, save_all=True, append_images=others)
    return path


def test_pages_are_bands_where_they_are(tmp_path):
    three = pages(tmp_path / "three.tif", *DEEP[:3])
    np.testing.assert_array_equal(read_values(three).values, DEEP[:3])
    np.testing.assert_array_equal(
        read_image(pages(tmp_path / "eight.tif", *BYTES[:3])), BYTES[:3].transpose(1, 2, 0)
    )
    five = pages(tmp_path / "five.tif", *DEEP)
    with pytest.raises(ValueError, match=r"five\.tif has 5 bands.*choose"):
        read_image(five)
    np.testing.assert_array_equal(read_values(five, (3, 2, 1)).values, DEEP[2::-1])


@pytest.mark.parametrize(
    "images",
    [
        (DEEP[0], DEEP[0, :12]),
        (DEEP[0], BYTES[0]),
        (np.moveaxis(BYTES[:3], 0, -1).copy(), np.moveaxis(BYTES[:3], 0, -1).copy()),
    ],
    ids=["sizes", "depths", "colour"],
)
def test_pages_that_are_no_bands_are_listed(tmp_path, images):
    path = pages(tmp_path / "album.tif", *images)
    with pytest.raises(ValueError, match=r"album\.tif has 2 images.*1: 32 x 24, .*; 2: 32 x "):
        read_image(path)


def test_overviews_are_no_pages(tmp_path):
    path = write(tmp_path / "x.tif", BYTES[:3], tiled=True, blockxsize=16, blockysize=16)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4])
    assert Image.open(path).n_frames == 3
    np.testing.assert_array_equal(read_image(path), BYTES[:3].transpose(1, 2, 0))


def test_containers_are_listed_or_named(tmp_path):
    for name, start in (("a.nc", b"CDF\x01"), ("b.h5", b"\x89HDF\r\n\x1a\n"), ("c.zip", b"PK\3\4")):
        path = tmp_path / name
        path.write_bytes(start + b"\0" * 60)
        with pytest.raises(ValueError, match=rf"{name} is no image but a .* file.*GeoTIFF"):
            read_image(path)
    path = tmp_path / "two.gpkg"
    for table in ("spring", "autumn"):
        profile = {"driver": "GPKG", "raster_table": table, "append_subdataset": True}
        with rasterio.open(
            path,
            "w",
            count=3,
            height=24,
            width=32,
            dtype="uint8",
            crs="EPSG:32631",
            transform=rasterio.Affine(10, 0, 5e5, 0, -10, 5e6),
            **profile,
        ) as file:
            file.write(BYTES[:3])
    with pytest.raises(ValueError, match=r"two\.gpkg is no image.*2 rasters.*spring.*autumn"):
        read_image(path)


@pytest.mark.parametrize("bits", [8, 16])
def test_jpeg_2000(tmp_path, bits):
    bands = BYTES[:3] if bits == 8 else DEEP[:3]
    path = tmp_path / "x.jp2"
    profile = {"QUALITY": "100", "REVERSIBLE": "YES"}
    with rasterio.open(
        path, "w", driver="JP2OpenJPEG", count=3, height=24, width=32, dtype=bands.dtype, **profile
    ) as file:
        file.write(bands)
    np.testing.assert_array_equal(read_values(path).values, bands)


def test_pictures_of_all_modes(tmp_path):
    rgb = np.moveaxis(BYTES[:3], 0, -1).copy()
    alpha = BYTES[3]
    grey = np.repeat(rgb[..., :1], 3, axis=2)
    cases = {
        "rgba.png": (np.dstack([rgb, alpha]), rgb),
        "la.png": (np.dstack([rgb[..., 0], alpha]), grey),
        "la.tif": (np.dstack([rgb[..., 0], alpha]), grey),
        "one.png": (rgb[..., 0] > 128, 255 * (grey > 128).astype(np.uint8)),
        "one.tif": (rgb[..., 0] > 128, 255 * (grey > 128).astype(np.uint8)),
        "x.webp": (rgb, rgb),
    }
    for name, (pixels, expected) in cases.items():
        options = {"lossless": True} if name.endswith("webp") else {}
        Image.fromarray(pixels).save(tmp_path / name, **options)
        np.testing.assert_array_equal(read_image(tmp_path / name), expected, err_msg=name)
    palette = Image.fromarray(rgb).quantize(16)
    for name in ("p.png", "p.gif", "p.tif"):
        palette.save(tmp_path / name)
        np.testing.assert_array_equal(read_image(tmp_path / name), np.array(palette.convert("RGB")))
    palette.save(tmp_path / "t.png", transparency=3)
    np.testing.assert_array_equal(read_image(tmp_path / "t.png"), np.array(palette.convert("RGB")))
    inks = np.zeros((24, 32, 4), np.uint8)
    inks[..., 0], inks[..., 3] = 255, 51  # Cyan, and a fifth of black.
    for name in ("inks.tif", "inks.jpg"):
        Image.fromarray(inks, "CMYK").save(tmp_path / name)
        assert np.abs(read_image(tmp_path / name).astype(int) - (0, 204, 204)).max() <= 2


def test_animations_are_refused(tmp_path):
    frames = [Image.fromarray(BYTES[i]) for i in range(3)]
    for suffix in ("gif", "webp", "png"):
        path = tmp_path / f"x.{suffix}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        with pytest.raises(ValueError, match=rf"x\.{suffix} is an animation of 3 images"):
            read_image(path)


def test_previews_behind_a_photo_do_not_count(tmp_path):
    photo, preview = (Image.new("RGB", size, "red") for size in ((32, 24), (8, 6)))
    photo.save(tmp_path / "x.jpg", format="MPO", save_all=True, append_images=[preview])
    assert read_image(tmp_path / "x.jpg").shape == (24, 32, 3)


def test_files_are_known_by_content_and_any_path(tmp_path):
    folder = tmp_path / "Überschwemmung 水"
    folder.mkdir()
    rgb = np.moveaxis(BYTES[:3], 0, -1).copy()
    Image.fromarray(rgb).save(folder / "a.png")
    (folder / "a.png").rename(folder / "ä.tif")
    np.testing.assert_array_equal(read_image(folder / "ä.tif"), rgb)
    assert not image_windows.reads_windows(str(folder / "ä.tif"))
    write(folder / "b.tif", DEEP[:3], interleave="band")
    (folder / "b.tif").rename(folder / "ß.png")
    np.testing.assert_array_equal(read_values(folder / "ß.png").values, DEEP[:3])
    Image.fromarray(DEEP[0]).save(folder / "深.png")
    np.testing.assert_array_equal(read_values(folder / "深.png").values, DEEP[:1])


@pytest.mark.parametrize("kind", ["planar", "zstd", "float", "lzma"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_truncated_tiffs_are_refused_by_name(tmp_path, kind, share):
    bands, profile = KINDS[kind]
    path = write(tmp_path / "x.tif", bands, **profile)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    for read in (read_image, read_mask):
        with pytest.raises(ValueError, match=r"x\.tif.*(cut short|damaged).*copy it again"):
            read(path)


def test_without_rasterio_what_cannot_be_read_right_is_refused_by_name(tmp_path, monkeypatch):
    chunky = write(tmp_path / "x.tif", DEEP[:3], photometric="RGB", interleave="pixel")
    scaled = write(tmp_path / "scaled.tif", DEEP[:3], photometric="RGB", interleave="pixel")
    with rasterio.open(scaled, "r+") as file:
        file.offsets = (-0.1,) * 3
    monkeypatch.setattr(raster_image, "find_spec", lambda name: None)
    refused = {
        "planar": "16-bit unsigned RGB in separate planes",
        "float": "32-bit float bands",
        "int8": "8-bit signed bands",
        "five": "5 x 16-bit unsigned RGB",
        "zstd": "compressed by ZSTD",
        "lzma": "compressed by LZMA",
    }
    for kind, name in refused.items():
        bands, profile = KINDS[kind]
        path = write(tmp_path / f"{kind}.tif", bands, **profile)
        with pytest.raises(ValueError, match=rf"{kind}\.tif is .*{name}.*pip install 'mmrsicc"):
            read_image(path)
    (tmp_path / "x.jp2").write_bytes(b"\0\0\0\x0cjP  \r\n")
    with pytest.raises(ValueError, match=r"x\.jp2 is JPEG 2000, .*pip install 'mmrsicc"):
        read_image(tmp_path / "x.jp2")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(ValueError, match=r"pages\.tif is 3 pages, .*pip install 'mmrsicc"):
        read_image(pages(tmp_path / "pages.tif", *DEEP[:3]))
    np.testing.assert_array_equal(read_values(chunky).values, DEEP[:3])
    with pytest.raises(ValueError, match=r"scaled\.tif is .*pip install"):
        read_image(scaled)
    eight = pages(tmp_path / "eight.tif", BYTES[0])
    pair = {"before_path": str(eight), "after_path": str(eight), "window": (1, 2, 3, 4)}
    np.testing.assert_array_equal(LoadTile()(pair)["before"][..., 0], BYTES[0, 2:6, 1:4])


def test_masks_of_these_kinds_are_read_too(tmp_path):
    mask = 255 * (BYTES[:1] > 128).astype(np.uint8)
    for compress, nbits in product(("zstd", "lzma"), (8, 1)):
        bits = mask if nbits == 8 else mask // 255
        path = write(tmp_path / "mask.tif", bits, compress=compress, nbits=nbits)
        np.testing.assert_array_equal(read_mask(path, binary=True), mask[0] // 255)


def test_tiles_and_whole_images_are_the_same_whatever_the_kind(tmp_path):
    kinds = {**KINDS, **{f"8-{kind}": value for kind, value in EIGHT.items()}}
    for kind, (bands, profile) in kinds.items():
        path = str(write(tmp_path / f"{kind}.tif", bands, **profile))
        pair = {"before_path": path, "after_path": path}
        whole = LoadPair()(dict(pair))
        tile = LoadTile()({**pair, "window": (3, 5, 20, 11)})
        np.testing.assert_array_equal(tile["after"], whole["after"][5:16, 3:23], err_msg=kind)
        assert tile.get("radiometry") == whole.get("radiometry")
        assert image_windows.image_size(path) == (32, 24) and tile["ori_shape"] == (24, 32)


def test_a_pair_of_kinds_without_a_common_range_is_refused(tmp_path):
    grey, colour = (
        write(tmp_path / f"{n}.tif", DEEP[:n], photometric=p)
        for n, p in ((1, "MINISBLACK"), (3, "RGB"))
    )
    with pytest.raises(ValueError, match=r"1\.tif and .*3\.tif: the first date has 1 band,"):
        read_pair(grey, colour)
    eight = write(tmp_path / "8.tif", BYTES[:3])
    with pytest.raises(ValueError, match=r"8\.tif.*uint8 values, the second uint16"):
        read_pair(eight, colour)


def test_an_image_with_too_many_pixels_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    Image.fromarray(BYTES[0]).save(tmp_path / "x.png")
    deep = write(tmp_path / "x.tif", DEEP[:3])
    for path in (tmp_path / "x.png", deep):
        with pytest.raises(ValueError, match=rf"{path.name} is too large.*cut it into tiles$"):
            read_image(path)


def test_a_small_image_of_one_huge_tile_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "x.tif", DEEP[:3], tiled=True, blockxsize=512, blockysize=512)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    with pytest.raises(ValueError, match=r"x\.tif is too large"):
        read_image(path)


def test_eight_bits_with_a_mask_inside_are_read(tmp_path):
    """Pillow knows no page that is a mask; GDAL makes one of a COG's alpha with JPEG."""
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write(tmp_path / "masked.tif", BYTES[:3])
        with rasterio.open(path, "r+") as file:
            file.write_mask(BYTES[3] > 99)
    np.testing.assert_array_equal(read_image(path), BYTES[:3].transpose(1, 2, 0))
    clear = np.full((4, 64, 64), 255, np.uint8)
    clear[:3, :, :32] = 80
    clear[3, 40:] = 0
    flat = write(tmp_path / "flat.tif", clear, photometric="RGB", alpha="yes")
    cog = tmp_path / "cog.tif"
    shutil.copy(flat, cog, driver="COG", compress="JPEG")
    with rasterio.open(cog) as file:
        assert file.count == 3 and file.mask_flag_enums[0] == [rasterio.enums.MaskFlags.per_dataset]
        seen = file.read().transpose(1, 2, 0).astype(int)
    assert np.abs(read_image(cog) - seen).max() <= 3


def test_tiles_have_the_bands_of_whole_images(tmp_path):
    path = str(write(tmp_path / "rgbn.tif", BYTES[:4], photometric="RGB", alpha="unspecified"))
    pair = {"before_path": path, "after_path": path}
    for bands in ((4, 1, 2), (3, 2, 1), (2,)):
        whole = LoadPair(bands=bands)(dict(pair))
        tile = LoadTile(bands=bands)({**pair, "window": (3, 5, 20, 11)})
        np.testing.assert_array_equal(tile["before"], whole["before"][5:16, 3:23])
    with pytest.raises(ValueError, match=r"rgbn\.tif has 4 bands: bands=\(5,\)"):
        LoadTile(bands=(5,))({**pair, "window": (3, 5, 20, 11)})
