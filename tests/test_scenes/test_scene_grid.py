"""North-up grids, and rasters that are stored otherwise."""

import numpy as np
import pytest
from fabricated_scenes import changed_pair, texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import pyogrio
import shapely
from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.warp import transform
from rasterio.windows import Window
from turned_files import TURNS, turned

from mmrsicc.scenes import SceneSettings, caption_scene
from mmrsicc.scenes.grid import Grid, north_up, whole_pixels
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.raster import Raster

UTM = CRS.from_epsg(32631)
PLACE = Affine(10, 0, 450_000, 0, -10, 5_400_000)


@pytest.mark.parametrize("how", TURNS)
def test_the_same_pixels_stored_otherwise_are_read_as_ever(write_raster, how):
    values = texture(30, 50)
    values[:, 3:6, 7:20] = 0
    oblong = PLACE @ Affine.scale(1, 2)
    stored, place = turned(values, oblong, how)
    raster = Raster([write_raster("turned.tif", stored, transform=place, nodata=0)])
    straight = Raster([write_raster("straight.tif", values, transform=oblong, nodata=0)])
    assert not raster.stored_north_up and straight.stored_north_up
    assert raster.grid.matches(straight.grid) and not raster.interpolated
    for window in (None, Window(4, 2, 20, 9)):
        for one, other in zip(raster.read(window), straight.read(window), strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize("how", TURNS)
@pytest.mark.parametrize("which", ["both", "first", "second"])
def test_tiles_and_maps_of_turned_files_are_those_of_straight_ones(
    tmp_path, write_raster, how, which
):
    def run(name: str, dates: tuple[bool, bool]):
        files, tiles = [], []
        for i, (values, turn) in enumerate(zip(changed_pair(), dates, strict=True)):
            stored, place = turned(values, PLACE, how) if turn else (values, PLACE)
            files.append([write_raster(f"{name}_{i}.tif", stored, transform=place)])

        def captioner(pairs):
            tiles.extend(pairs)
            return [_says_where(before, after) for before, after in pairs]

        settings = SceneSettings(tile=100, overlap=0)
        outcome = caption_scene(captioner, *files, tmp_path / name, settings, "m")
        _, _, polygons, fields = pyogrio.raw.read(tmp_path / name / "changes.gpkg")
        shapes = [shapely.from_wkb(polygon).normalize().wkt for polygon in polygons]
        return outcome, tiles, shapes, [list(map(str, values)) for values in fields]

    dates = {"both": (True, True), "first": (True, False), "second": (False, True)}[which]
    outcome, tiles, *maps = run("turned", dates)
    expected, straight, *straight_maps = run("straight", (False, False))
    assert np.array_equal(np.array(tiles), np.array(straight))
    assert maps == straight_maps
    # Rows 40 to 100 of a tile of 100: in the lower half, on the map too.
    assert "bottom" in maps[1][0]
    notes = [remark for remark in outcome.remarks if "not stored north-up" in remark]
    assert len(notes) == sum(dates) and not any("warped" in r for r in outcome.remarks)
    assert not any("north-up" in remark for remark in expected.remarks)


def _says_where(before, after):
    from types import SimpleNamespace

    rows = np.nonzero((after.astype(int) - before > 50).any(axis=(1, 2)))[0]
    said = "nothing" if not len(rows) else "top" if rows.mean() < 50 else "bottom"
    return SimpleNamespace(
        caption=said, score=0.0, n_best=[(said, 0.0)], change_probability=1, mask=None, error=None
    )


@pytest.mark.parametrize("degrees", [1, 30, 150, -100])
def test_what_is_turned_askew_is_interpolated_on_a_north_up_grid(write_raster, degrees):
    """Values that are a plane over the map come out exactly, wherever the files have data."""
    place = PLACE @ Affine.rotation(degrees)
    columns, rows = np.meshgrid(np.arange(80) + 0.5, np.arange(60) + 0.5)
    x, y = place @ (columns, rows)
    plane = ((x - 450_000) * 0.05 + (y - 5_400_000) * 0.1)[None].astype(np.float32)
    raster = Raster([write_raster("askew.tif", plane, transform=place)])
    grid = raster.grid
    assert (grid.transform.b, grid.transform.d) == (0, 0)
    assert (grid.transform.a, grid.transform.e) == pytest.approx((10, -10))
    values, valid = raster.read()
    columns, rows = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    x, y = grid.transform @ (columns, rows)
    expected = (x - 450_000) * 0.05 + (y - 5_400_000) * 0.1
    u, v = ~place @ (x, y)
    inner = (u > 1) & (u < 79) & (v > 1) & (v < 59)
    outer = (u < -0.01) | (u > 80.01) | (v < -0.01) | (v > 60.01)
    assert valid[inner].all() and not valid[outer].any() and inner.sum() > 4000
    assert np.abs(values[0] - expected)[inner].max() < 0.01
    # Whatever the window, a pixel is the same.
    part, there = raster.read(Window(11, 7, 30, 20))
    assert np.array_equal(there, valid[7:27, 11:41])
    assert np.array_equal(part[:, there], values[:, 7:27, 11:41][:, there])


@pytest.mark.parametrize("code", [2053, 5513])
def test_systems_that_count_to_the_south_and_west_are_read_with_north_up(write_raster, code):
    """The Earth itself says where north is: latitudes fall along the rows."""
    crs = CRS.from_epsg(code)
    xs, ys = transform("EPSG:4326", crs, *([29.0], [-26.0]) if code == 2053 else ([15.0], [50.0]))
    raster = Raster(
        [write_raster("a.tif", texture(20, 30), crs=crs, transform=Affine(9, 0, *xs, 0, 9, *ys))]
    )
    place = raster.grid.transform
    corners = np.array([place @ corner for corner in ((0, 0), (10, 0), (0, 10))])
    longitudes, latitudes = (np.array(v) for v in transform(crs, "OGC:CRS84", *corners.T))
    across, down = np.diff(longitudes[:2])[0], latitudes[2] - latitudes[0]
    assert across > abs(longitudes[2] - longitudes[0]) and -down > abs(latitudes[1] - latitudes[0])
    # Pixels are where they were.
    values, valid = raster.read()
    assert valid.all() and not raster.interpolated
    stored = raster.datasets[0]
    for column, row in ((0, 0), (3, 7)):
        x, y = place @ (column + 0.5, row + 0.5)
        assert np.array_equal(values[:, row, column], next(stored.sample([(x, y)])))


def test_polar_systems_are_north_up_as_they_are():
    for code in (3031, 3413):
        grid = Grid(9, 8, CRS.from_epsg(code), Affine(10, 0, 2e6, 0, -10, 1e6))
        assert north_up(grid) is grid


def test_grids_that_differ_by_rounding_are_one(write_raster):
    names = [
        write_raster(f"{i}.tif", texture(30, 40)[i : i + 1], transform=place)
        for i, place in enumerate(
            (PLACE, PLACE @ Affine.translation(1e-11, 0), Affine(10 + 1e-10, *PLACE[1:6]))
        )
    ]
    values, _ = Raster(names).read()
    assert np.array_equal(values, texture(30, 40))
    other = write_raster("moved.tif", texture(30, 40), transform=PLACE @ Affine.translation(0.1, 0))
    with pytest.raises(ValueError, match="not on the grid"):
        Raster([names[0], other], (1,))
    # Nor is a second date interpolated for that, so equal dates stay equal.
    with ScenePair([names[0]], [names[0]], SceneSettings()) as pair:
        assert not pair.warped
    again = write_raster(
        "again.tif", texture(30, 40)[:1], transform=Affine(10 + 1e-10, *PLACE[1:6])
    )
    with ScenePair([names[0]], [again], SceneSettings()) as pair:
        assert not pair.warped and pair.read(Window(0, 0, 40, 30)).identical


def test_a_shift_by_whole_pixels_interpolates_nothing(write_raster):
    values = texture(60, 70)
    before = write_raster("before.tif", values[:, :40, :50])
    part = values[:, 20:, 30:]
    after = write_raster("after.tif", part, transform=PLACE @ Affine.translation(30, 20))
    with ScenePair([before], [after], SceneSettings()) as pair:
        pixels = pair.read(Window(0, 0, 50, 40))
    assert not pair.warped and pixels.identical
    expected = np.zeros((40, 50), bool)
    expected[20:, 30:] = True
    assert np.array_equal(pixels.valid, expected)


def test_half_a_pixel_is_not_taken_for_none():
    grid = Grid(100, 100, UTM, PLACE)
    assert whole_pixels(grid, Grid(100, 100, UTM, PLACE @ Affine.translation(0.5, 0))) is None
    assert whole_pixels(grid, Grid(100, 100, UTM, PLACE @ Affine.scale(1.001))) is None
    assert whole_pixels(grid, Grid(99, 9, UTM, PLACE)) == Affine.identity()
