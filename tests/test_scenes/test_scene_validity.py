"""Which pixels are data: by the chosen bands, on every way to read them."""

import numpy as np
import pytest
from fabricated_scenes import texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import Affine
from rasterio.windows import Window
from turned_files import turned

from mmrsicc.scenes import SceneSettings
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.raster import Raster

PLACE = Affine(10, 0, 450_000, 0, -10, 5_400_000)
HOLE = np.s_[..., 10:20, 15:35]


def holed(fill: float, kind: type = np.uint16, bands: int = 3) -> np.ndarray:
    """(bands, 40, 50) between 1 and 255 with a hole in it."""
    values = np.concatenate([texture(40, 50), texture(40, 50, 1)])[:bands].astype(kind)
    values[HOLE] = fill
    return values


def hole() -> np.ndarray:
    expected = np.ones((40, 50), bool)
    expected[HOLE] = False
    return expected


def check(paths, bands=None, nodata=None, expected=None):
    """The validity is the same read straight, in parts, turned, warped and in an overview."""
    expected = hole() if expected is None else expected
    raster = Raster(paths, bands, nodata)
    values, valid = raster.read()
    assert np.array_equal(valid, expected)
    assert np.array_equal(raster.read(Window(12, 5, 30, 12))[1], expected[5:17, 12:42])
    grid = raster.grid
    upside_down = Grid(50, 40, grid.crs, grid.transform @ Affine(1, 0, 0, 0, -1, 40))
    assert np.array_equal(raster.on_grid(upside_down).read()[1], expected[::-1])
    # A quarter of a pixel off, where the nearest pixel decides.
    moved = Grid(50, 40, grid.crs, grid.transform @ Affine.translation(0.25, 0.25))
    warped, there = raster.on_grid(moved).read()
    assert np.array_equal(there, expected)
    # Nothing of the hole's values leaks into what is warped, nor into an overview.
    for band, original in zip(warped, values, strict=True):
        assert band[there].min() >= original[valid].min()
        assert band[there].max() <= original[valid].max()
    with ScenePair(paths, paths, SceneSettings(bands, nodata=nodata)) as pair:
        assert np.array_equal(pair.overview.valid, expected)


def test_a_band_that_is_not_chosen_has_no_say(write_raster):
    values = np.concatenate([holed(0), np.full((1, 40, 50), 7, np.uint16)])
    check([write_raster("qa.tif", values, nodata=0)], (1, 2, 3))
    quality = write_raster("quality.tif", values[3:])
    check([write_raster("rgb.tif", values[:3], nodata=0), quality], (3, 2, 1))
    # Nor has its own no-data value.
    swapped = np.concatenate([texture(40, 50).astype(np.uint16), holed(0)[:1]])
    check([write_raster("c.tif", swapped, nodata=0)], (1, 2, 3), expected=np.ones((40, 50), bool))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_each_band_has_its_own_value(tmp_path, write_raster, kind):
    values = holed(0, kind)
    fills = (3, 250, 0)
    for band, fill in zip(values, fills, strict=True):
        band[HOLE] = fill
    check([vrt(tmp_path, write_raster("bands.tif", values), fills, kind)])


def test_bytes_are_judged_by_the_bands_that_name_a_value(tmp_path, write_raster):
    check([vrt(tmp_path, write_raster("one.tif", holed(0, np.uint8)), (0, None, None), np.uint8)])


def vrt(folder, source, fills, kind) -> str:
    """A VRT of a file of 40 x 50 pixels that names a no-data value per band."""
    name = {np.uint8: "Byte", np.uint16: "UInt16"}[kind]
    bands = "".join(
        f'<VRTRasterBand dataType="{name}" band="{i}">'
        + (f"<NoDataValue>{fill}</NoDataValue>" if fill is not None else "")
        + f"<SimpleSource><SourceFilename>{source}</SourceFilename><SourceBand>{i}</SourceBand>"
        "</SimpleSource></VRTRasterBand>"
        for i, fill in enumerate(fills, 1)
    )
    path = folder / "scene.vrt"
    path.write_text(
        '<VRTDataset rasterXSize="50" rasterYSize="40"><SRS>EPSG:32631</SRS>'
        f"<GeoTransform>450000, 10, 0, 5400000, 0, -10</GeoTransform>{bands}</VRTDataset>"
    )
    return str(path)


@pytest.mark.parametrize("told_by", ["file", "option"])
def test_one_band_without_data_is_enough_but_for_colours(write_raster, told_by):
    tag, option = ({"nodata": -9999}, None) if told_by == "file" else ({}, -9999)
    values = texture(40, 50).astype(np.int16)
    values[1][HOLE] = -9999
    check([write_raster("one.tif", values, **tag)], nodata=option)
    # In bytes, 0 is a shade: a pure blue is a colour, black is none.
    colours = texture(40, 50)
    colours[:, 30:] = np.array([0, 0, 200])[:, None, None]
    colours[HOLE] = 0
    tag, option = ({"nodata": 0}, None) if told_by == "file" else ({}, 0)
    path = write_raster("colours.tif", colours, **tag)
    assert np.array_equal(Raster([path], nodata=option).read()[1], hole())


def test_a_value_that_the_type_cannot_hold_means_nothing(tmp_path, write_raster):
    path = write_raster("bytes.tif", texture(40, 50))
    whole = np.ones((40, 50), bool)
    for impossible in (-9999, 256, 0.5, float("nan")):
        check([path], nodata=impossible, expected=whole)
    check([write_raster("named.tif", holed(0, np.uint8), nodata=0)], nodata=-9999)
    named = write_raster("one.tif", holed(0, np.uint8))
    check([vrt(tmp_path, named, (0, None, None), np.uint8)], nodata=-9999)


@pytest.mark.parametrize("bands", [1, 3])
def test_alpha_counts_beside_a_no_data_value(write_raster, bands):
    """The hole is told by the value, the first rows by alpha: neither hides the other."""
    values = holed(0, np.uint8, bands)
    alpha = np.full((1, 40, 50), 255, np.uint8)
    alpha[:, :4] = 0
    path = write_raster("both.tif", np.concatenate([values, alpha]), nodata=0)
    with rasterio.open(path, "r+") as file:
        file.colorinterp = [*file.colorinterp[:bands], ColorInterp.alpha]
    expected = hole()
    expected[:4] = False
    raster = Raster([path])
    assert raster.count == bands
    assert np.array_equal(raster.read()[1], expected)
    grid = raster.grid
    moved = Grid(50, 40, grid.crs, grid.transform @ Affine.translation(0, 0.25))
    _, there = raster.on_grid(moved).read()
    assert not there[:3].any() and there[4:9].all() and not there[11:19, 16:34].any()
    with ScenePair([path], [path], SceneSettings()) as pair:
        assert np.array_equal(pair.overview.valid, expected)


def test_a_mask_counts_beside_a_no_data_value(write_raster):
    mask = np.full((40, 50), 255, np.uint8)
    mask[30:] = 0
    path = write_raster("masked.tif", holed(0), mask=mask, nodata=0)
    expected = hole()
    expected[30:] = False
    assert np.array_equal(Raster([path]).read()[1], expected)


def test_a_hole_in_a_turned_file_is_where_it_is_on_the_map(write_raster):
    stored, place = turned(holed(0), PLACE, "90 degrees")
    check([write_raster("turned.tif", stored, transform=place, nodata=0)])


def test_pyramids_say_nothing_of_pixels(write_raster):
    """They were made without the value that the user names, and lie about the hole's edges."""
    from rasterio.enums import Resampling

    values = np.repeat(np.repeat(holed(-9999, np.float32), 40, 1), 40, 2)
    path = write_raster("large.tif", values)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4], Resampling.average)
    with ScenePair([path], [path], SceneSettings(nodata=-9999)) as pair:
        small = pair.overview
        pixels = pair.read(Window(600, 400, 900, 500))
        assert np.array_equal(pixels.valid, hole().repeat(40, 0).repeat(40, 1)[400:900, 600:1500])
        low, high = np.array(pair.radiometry.low), np.array(pair.radiometry.high)
    assert small.valid.shape == (960, 1200)
    assert (low >= 1).all() and (high <= 255).all()
    # Each pixel of the 40 x 50 has 24 x 24 cells of the overview, which is for the eye.
    assert (small.valid != hole().repeat(24, 0).repeat(24, 1)).mean() < 0.01


def test_bytes_are_data_by_all_bands_in_whichever_files_they_lie(write_raster):
    """Black in one band is a colour; black in all is no data."""
    values = holed(0, np.uint8)
    values[0, 30:, :] = 0  # Without red.
    one = write_raster("one.tif", values, nodata=0)
    three = [write_raster(f"{i}.tif", band[None], nodata=0) for i, band in enumerate(values)]
    check([one])
    assert np.array_equal(Raster(three, None, None).read()[1], hole())
    bare = [write_raster(f"bare{i}.tif", band[None]) for i, band in enumerate(values)]
    assert np.array_equal(Raster(bare, None, 0).read()[1], hole())


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_mask_of_one_of_several_files_counts(tmp_path, write_raster, kind):
    values = np.maximum(np.concatenate([texture(40, 50)]), 1).astype(kind)
    for nodata in (None, 0):
        paths = [
            write_raster(f"{k}.tif", values[k : k + 1], nodata=nodata if k else None)
            for k in range(3)
        ]
        with rasterio.open(paths[0], "r+") as file:
            file.write_mask(hole())
        check(paths)
