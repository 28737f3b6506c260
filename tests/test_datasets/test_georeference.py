"""Pairs whose files say that they show other ground."""

import warnings

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from mmrsicc.datasets.georeference import around_the_earth, check_same_ground, extent_of
from mmrsicc.datasets.transforms import LoadPair, LoadTile

rasterio = pytest.importorskip("rasterio", reason="writing them needs the extra geo")
from rasterio.warp import transform_bounds  # noqa: E402

PIXELS = np.random.default_rng(0).integers(0, 256, (1, 40, 60), dtype=np.uint8)


def write(path, x, y, crs="EPSG:32631", size=10.0, driver="GTiff"):
    place = rasterio.Affine(size, 0, x, 0, -size, y)
    profile = {"count": 1, "height": 40, "width": 60, "dtype": "uint8", "transform": place}
    with rasterio.open(path, "w", driver=driver, crs=crs, **profile) as file:
        file.write(PIXELS)
    return path


@pytest.mark.parametrize("driver", ["GTiff", "JP2OpenJPEG"])
def test_files_far_apart_are_refused_with_both_extents(tmp_path, driver):
    suffix = "tif" if driver == "GTiff" else "jp2"
    before = write(tmp_path / f"a.{suffix}", 450_000, 5_400_000, driver=driver)
    after = write(tmp_path / f"b.{suffix}", 550_000, 5_400_000, driver=driver)
    with rasterio.open(before) as file:
        assert np.allclose(extent_of(before).bounds, file.bounds)
    pair = {"before_path": str(before), "after_path": str(after)}
    message = (
        r"a\.\w+ and .*b\.\w+ do not show the same ground: they cover 450000 to 450600 by 5399600 "
        r"to 5400000 \(EPSG:32631\) and 550000 to 550600 by .*mmrsicc scene"
    )
    for load in (LoadPair(), LoadTile()):
        with pytest.raises(ValueError, match=message):
            load({**pair, "window": (0, 0, 8, 8)})
    LoadPair()({**pair, "after_path": str(before)})


@pytest.mark.parametrize(("pixels", "fits"), [(0.5, True), (5, True), (7, False), (-7, False)])
def test_nine_tenths_of_the_ground_must_be_common(tmp_path, pixels, fits):
    before = write(tmp_path / "a.tif", 450_000, 5_400_000)
    after = write(tmp_path / "b.tif", 450_000 + 10 * pixels, 5_400_000)
    if fits:
        check_same_ground(before, after)
    else:
        with pytest.raises(ValueError, match="do not show the same ground"):
            check_same_ground(before, after)


def test_other_systems_are_compared_on_the_ground(tmp_path):
    before = write(tmp_path / "a.tif", 450_000, 5_400_000)
    bounds = 450_000, 5_399_600, 450_600, 5_400_000
    west, _, east, north = transform_bounds("EPSG:32631", "EPSG:4326", *bounds)
    size = (east - west) / 60
    check_same_ground(before, write(tmp_path / "b.tif", west, north, "EPSG:4326", size))
    far = write(tmp_path / "c.tif", west + 1, north, "EPSG:4326", size)
    with pytest.raises(ValueError, match=r"\(EPSG:32631\) and .*\(EPSG:4326\)"):
        check_same_ground(before, far)


def test_systems_of_ones_own_differ_by_their_numbers(tmp_path):
    system = "+proj=laea +lat_0={} +lon_0={} +x_0={} +y_0=0 +datum=WGS84 +units=m"
    before = write(tmp_path / "a.tif", 0, 0, system.format(52, 10, 0))
    with pytest.raises(ValueError, match="do not show the same ground"):
        check_same_ground(before, write(tmp_path / "b.tif", 0, 0, system.format(10, 100, 0)))
    check_same_ground(before, write(tmp_path / "c.tif", 1e5, 0, system.format(52, 10, 100_000)))


def test_a_system_may_have_a_single_number(tmp_path):
    image = Image.fromarray(PIXELS[0])
    tags = {33550: (10.0, 10.0, 0.0), 33922: (0.0,) * 6, 34735: (1, 1, 0, 0), 34736: (0.5,)}
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, values in tags.items():
        directory.tagtype[tag] = 3 if tag == 34735 else 12  # Short, double.
        directory[tag] = values
    image.save(tmp_path / "a.tif", tiffinfo=directory)
    assert extent_of(tmp_path / "a.tif").system == (1, 1, 0, 0, 0.5)


def test_south_up_files_count(tmp_path):
    before = write(tmp_path / "a.tif", 450_000, 5_400_000)
    places = {"same": (450_000, 5_399_600), "far": (650_000, 5_399_600)}
    for name, (x, y) in places.items():
        place = rasterio.Affine(10, 0, x, 0, 10, y)
        size = {"count": 1, "height": 40, "width": 60, "dtype": "uint8"}
        path = tmp_path / f"{name}.tif"
        with rasterio.open(path, "w", "GTiff", crs="EPSG:32631", transform=place, **size) as file:
            file.write(PIXELS)
    with pytest.raises(
        ValueError,
        match=r"turned or mirrored: .* are \(1, 0\) and \(0, -1\) and \(1, 0\) and \(0, 1\);",
    ):
        check_same_ground(before, tmp_path / "same.tif")
    check_same_ground(tmp_path / "same.tif", tmp_path / "same.tif")
    with pytest.raises(ValueError, match="do not show the same ground"):
        check_same_ground(before, tmp_path / "far.tif")


def test_world_files_of_tiffs_that_pillow_does_not_open_count(tmp_path, monkeypatch):
    for name, x in (("a", 1000), ("b", 90_000), ("large", 1000)):
        count, kind = (1, "uint8") if name == "large" else (5, "float32")
        profile = {"count": count, "height": 40, "width": 60, "dtype": kind}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(tmp_path / f"{name}.tif", "w", "GTiff", **profile) as file:
                file.write(np.repeat(PIXELS, count, axis=0).astype(kind))
        (tmp_path / f"{name}.tfw").write_text(f"10\n0\n0\n-10\n{x}\n5000\n")
    a, b, large = (tmp_path / f"{name}.tif" for name in ("a", "b", "large"))
    with pytest.raises(ValueError, match="do not show the same ground"):
        check_same_ground(a, b)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with rasterio.open(large) as file:
        assert np.allclose(extent_of(large).bounds, file.bounds)
    check_same_ground(a, large)


def test_world_files_count_and_files_without_coordinates_pass(tmp_path):
    for name, x in (("a", 1000), ("b", 90_000), ("c", 1050)):
        Image.fromarray(PIXELS[0]).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.pgw").write_text(f"10\n0\n0\n-10\n{x}\n5000\n")
    Image.fromarray(PIXELS[0]).save(tmp_path / "plain.png")
    a, b, c, plain = (tmp_path / f"{name}.png" for name in ("a", "b", "c", "plain"))
    with rasterio.open(a) as file:
        assert np.allclose(extent_of(a).bounds, file.bounds)
    with pytest.raises(ValueError, match="do not show the same ground"):
        check_same_ground(a, b)
    check_same_ground(a, c)
    check_same_ground(a, plain)
    check_same_ground(a, write(tmp_path / "tagged.tif", 450_000, 5_400_000))
    (tmp_path / "a.pgw").write_text("10 0 0\n")
    check_same_ground(a, b)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((179.0, 1.0, 181.0, 2.0), [(179, 1, 181, 2), (539, 1, 541, 2), (-181, 1, -179, 2)]),
        (
            (179.5, 1.0, -179.5, 2.0),
            [(179.5, 1, 180.5, 2), (539.5, 1, 540.5, 2), (-180.5, 1, -179.5, 2)],
        ),
    ],
)
def test_degrees_go_on_around_the_earth(bounds, expected):
    assert around_the_earth(bounds) == expected


def test_dates_on_both_sides_of_the_antimeridian_show_the_same_ground(tmp_path):
    before = write(tmp_path / "a.tif", 179.97, 10, "EPSG:4326", 1e-3)
    for k, west in enumerate((-180.03, 179.97)):
        check_same_ground(before, write(tmp_path / f"{k}.tif", west, 10, "EPSG:4267", 1e-3))


def test_pixels_of_other_sizes_around_one_place_are_refused(tmp_path):
    """60 x 40 pixels of 30 m cover nine times the ground of as many of 10 m."""
    fine = write(tmp_path / "fine.tif", 450_000, 5_400_000)
    coarse = write(tmp_path / "coarse.tif", 449_400, 5_400_400, size=30)
    with pytest.raises(ValueError, match="do not show the same ground"):
        check_same_ground(fine, coarse)


@pytest.mark.parametrize(
    ("degrees", "fits"), [(3, True), (-3, True), (30, True), (50, False), (180, False)]
)
def test_turned_images_are_refused(tmp_path, degrees, fits):
    upright = rasterio.Affine(10, 0, 450_000, 0, -10, 5_400_000)
    turned = upright * rasterio.Affine.rotation(degrees, (30, 20))
    profile = {"count": 1, "height": 40, "width": 60, "dtype": "uint8", "crs": "EPSG:32631"}
    for name, place in (("a", upright), ("b", turned)):
        with rasterio.open(tmp_path / f"{name}.tif", "w", transform=place, **profile) as file:
            file.write(PIXELS)
    if fits:
        check_same_ground(tmp_path / "a.tif", tmp_path / "b.tif")
    else:
        with pytest.raises(ValueError, match=r"turned or mirrored|do not show the same ground"):
            check_same_ground(tmp_path / "a.tif", tmp_path / "b.tif")


def test_world_files_say_how_an_image_is_turned(tmp_path):
    for name in "ab":
        Image.fromarray(PIXELS[0]).save(tmp_path / f"{name}.png")
    (tmp_path / "a.pgw").write_text("10\n1\n-2\n-10\n1000\n5000\n")
    with rasterio.open(tmp_path / "a.png") as file:
        corners = [file.transform * corner for corner in ((0, 0), (60, 0), (0, 40), (60, 40))]
    xs, ys = zip(*corners, strict=True)
    assert np.allclose(extent_of(tmp_path / "a.png").bounds, (min(xs), min(ys), max(xs), max(ys)))
    (tmp_path / "b.pgw").write_text("10\n1\n2\n10\n1000\n4610\n")
    with pytest.raises(ValueError, match="turned or mirrored"):
        check_same_ground(tmp_path / "a.png", tmp_path / "b.png")


def test_one_system_counts_its_degrees_in_two_ways(tmp_path):
    before = write(tmp_path / "a.tif", 190, 10, "EPSG:4326", 1e-3)
    check_same_ground(before, write(tmp_path / "b.tif", -170, 10, "EPSG:4326", 1e-3))


def test_axes_of_another_system_may_run_otherwise(tmp_path):
    """In EPSG:2053 coordinates grow to the west and to the south."""
    before = write(tmp_path / "a.tif", 300_000, 7_000_000, "EPSG:32735")
    bounds = transform_bounds("EPSG:32735", "EPSG:2053", 300_000, 6_999_600, 300_600, 7_000_000)
    west, south, east, north = bounds
    place = rasterio.Affine((west - east) / 60, 0, east, 0, (north - south) / 40, south)
    profile = {"count": 1, "height": 40, "width": 60, "dtype": "uint8", "transform": place}
    with rasterio.open(tmp_path / "b.tif", "w", crs="EPSG:2053", **profile) as file:
        file.write(PIXELS)
    check_same_ground(before, tmp_path / "b.tif")
