"""Two dates on one grid, in 8 bits."""

import numpy as np
import pytest
from fabricated_scenes import texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from rasterio.transform import Affine
from rasterio.warp import transform
from rasterio.windows import Window

from mmrsicc.scenes.pair import ScenePair, check_fit
from mmrsicc.scenes.raster import Raster
from mmrsicc.scenes.settings import SceneSettings

UTM = "EPSG:32631"
PLACE = Affine(10, 0, 450_000, 0, -10, 5_400_000)
#: Nothing is clipped.
WHOLE = SceneSettings(percentiles=(0, 100))


def plane(height: int, width: int, place: Affine, crs: str) -> np.ndarray:
    """(1, H, W) float32 of a linear function of UTM coordinates, at the pixels' centres."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    xs, ys = place @ (columns, rows)
    if crs != UTM:
        xs, ys = (np.reshape(v, rows.shape) for v in transform(crs, UTM, xs.ravel(), ys.ravel()))
    return ((xs - 450_000) * 0.02 + (5_400_000 - ys) * 0.03)[None].astype(np.float32)


@pytest.mark.parametrize(
    ("place", "crs", "shape"),
    [
        (Affine(10, 0, 449_853, 0, -10, 5_400_207), UTM, (180, 200)),  # other extent
        (Affine(7, 0, 449_900, 0, -8, 5_400_100), UTM, (220, 260)),  # other pixels
        (PLACE @ Affine.translation(-60, 60) @ Affine.rotation(-30), UTM, (260, 300)),
        (Affine(1e-4, 0, 2.315, 0, -1e-4, 48.755), "EPSG:4326", (200, 320)),
    ],
    ids=["extent", "pixels", "rotated", "system"],
)
def test_the_second_date_comes_onto_the_grid_of_the_first(write_raster, place, crs, shape):
    """Bilinear interpolation gives a linear function exactly, so both dates must agree."""
    before = write_raster("before.tif", plane(100, 120, PLACE, UTM))
    after = write_raster("after.tif", plane(*shape, place, crs), transform=place, crs=crs)
    with ScenePair([before], [after], WHOLE) as pair:
        assert pair.warped
        pixels = pair.read(Window(30, 20, 60, 50))
    assert pixels.valid.all()
    assert np.ptp(pixels.before.astype(int)) > 60
    assert np.abs(pixels.before.astype(int) - pixels.after).max() <= 1


def test_a_rotated_first_date_is_read_on_a_north_up_grid(write_raster):
    place = PLACE @ Affine.translation(40, 20) @ Affine.rotation(20)
    before = write_raster("before.tif", plane(60, 60, place, UTM), transform=place)
    after = write_raster("after.tif", plane(150, 150, PLACE, UTM))
    with ScenePair([before], [after], WHOLE) as pair:
        assert (pair.grid.transform.b, pair.grid.transform.d) == (0, 0)
        assert pair.turned == (True, False)
        pixels = pair.read(Window(0, 0, pair.grid.width, pair.grid.height))
    inside = pixels.valid
    # 60 x 60 pixels within a square of 60 (sin 20 + cos 20) = 76.9.
    assert inside.shape == (77, 77)
    assert abs(inside.sum() - 3600) < 130
    difference = np.abs(pixels.before.astype(int) - pixels.after)[inside]
    assert difference.max() <= 1


def test_a_finer_second_date_is_averaged_and_windows_are_parts_of_the_whole(
    write_raster, monkeypatch
):
    """Noise of 8 x 8 pixels per pixel: a mean has an eighth of its deviation, or somewhat less."""
    noise = np.random.default_rng(0).integers(0, 256, (3, 320, 320), dtype=np.uint8)
    before = write_raster("before.tif", texture(40, 40), transform=PLACE @ Affine.scale(8))
    after = write_raster("after.tif", noise, transform=PLACE @ Affine.translation(0.3, 0.4))
    with ScenePair([before], [after], SceneSettings()) as pair:
        whole = pair.read(Window(0, 0, 40, 40)).after
        part = pair.read(Window(7, 9, 20, 11)).after
        # However little is warped at once.
        monkeypatch.setattr("mmrsicc.scenes.raster._MOST_PIXELS", 1000)
        again = pair.read(Window(0, 0, 40, 40)).after
    assert 0.4 < whole[1:-1, 1:-1].std() / (noise.std() / 8) < 1.1
    assert np.array_equal(part, whole[9:20, 7:27])
    assert np.array_equal(again, whole)


def test_windows_of_another_system_lie_where_they_should(write_raster):
    """Over 300 km meridians are no straight lines; the values tell the stored column."""
    wide, degrees = PLACE @ Affine.scale(100), Affine(0.012, 0, 2, 0, -0.01, 49)
    columns = np.broadcast_to(np.arange(400, dtype=np.float32) + 0.5, (1, 320, 400))
    before = write_raster("before.tif", columns[:, :300, :300], transform=wide)
    after = Raster([write_raster("after.tif", columns, transform=degrees, crs="EPSG:4326")])
    with ScenePair([before], [before], SceneSettings()) as pair:
        warped = after.on_grid(pair.grid)
    for x, y, width, height in ((0, 0, 300, 300), (83, 101, 40, 50)):
        values, valid = warped.read(Window(x, y, width, height))
        u, v = np.meshgrid(np.arange(x, x + width) + 0.5, np.arange(y, y + height) + 0.5)
        easts, norths = wide @ (u.ravel(), v.ravel())
        expected = (np.array(transform(UTM, "EPSG:4326", easts, norths)[0]) - 2) / 0.012
        off = np.abs(values[0] - expected.reshape(u.shape))[valid]
        assert off.max() < 0.125 and valid.mean() > 0.9


def test_windows_are_parts_of_the_whole_and_nothing_is_warped_needlessly(changed_scenes):
    before, after = changed_scenes
    with ScenePair([before], [after], SceneSettings()) as pair:
        assert not pair.warped
        whole = pair.read(Window(0, 0, 300, 200))
        part = pair.read(Window(70, 90, 40, 30))
        assert np.array_equal(part.after, whole.after[90:120, 70:110])
        assert pair.read(Window(0, 0, 100, 200)).identical
        assert not whole.identical


def test_images_without_coordinates_go_pixel_by_pixel(tmp_path):
    from PIL import Image

    first, second = (texture(30, 40, seed).transpose(1, 2, 0) for seed in (0, 1))
    Image.fromarray(first).save(tmp_path / "a.png")
    Image.fromarray(second).save(tmp_path / "b.png")
    Image.fromarray(second[:20]).save(tmp_path / "small.png")
    a, b, small = (str(tmp_path / name) for name in ("a.png", "b.png", "small.png"))
    with ScenePair([a], [b], SceneSettings()) as pair:
        pixels = pair.read(Window(5, 6, 7, 8))
    assert np.array_equal(pixels.before, first[6:14, 5:12])
    assert np.array_equal(pixels.after, second[6:14, 5:12])
    with pytest.raises(ValueError, match=r"40 x 30 pixels, .*small.png 40 x 20"):
        ScenePair([a], [small], SceneSettings())


def test_one_date_without_coordinates_is_refused(tmp_path, changed_scenes):
    from PIL import Image

    Image.fromarray(texture(200, 300).transpose(1, 2, 0)).save(tmp_path / "plain.png")
    plain = str(tmp_path / "plain.png")
    for before, after in ((changed_scenes[0], plain), (plain, changed_scenes[0])):
        with pytest.raises(ValueError, match=r"plain.png is not georeferenced.*rio edit-info"):
            ScenePair([before], [after], SceneSettings())


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        (UTM, PLACE @ Affine.translation(0, 200)),
        ("EPSG:4326", Affine(1e-4, 0, 114, 0, -1e-4, 22)),
    ],
)
def test_places_that_do_not_overlap_are_refused(write_raster, changed_scenes, crs, place):
    elsewhere = write_raster("elsewhere.tif", texture(90, 90), crs=crs, transform=place)
    with pytest.raises(ValueError, match=r"do not overlap: they cover .* and ") as caught:
        ScenePair([changed_scenes[0]], [elsewhere], SceneSettings())
    assert "e+0" not in str(caught.value), "metres that hide the last digits"


def test_dates_without_common_data_are_refused(write_raster):
    values = texture(40, 40)
    left, right = values.copy(), values.copy()
    left[:, :, 20:] = 0
    right[:, :, :20] = 0
    names = [write_raster(f"{i}.tif", v, nodata=0) for i, v in enumerate((left, right))]
    with pytest.raises(ValueError, match="no data in common"):
        ScenePair(names[:1], names[1:], SceneSettings())


def test_a_grey_band_becomes_three(write_raster):
    path = write_raster("grey.tif", texture(30, 30)[:1])
    with ScenePair([path], [path], SceneSettings()) as pair:
        pixels = pair.read(Window(0, 0, 30, 30))
    assert pixels.before.shape == (30, 30, 3)
    assert (pixels.before == pixels.before[..., :1]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_one_band_against_three_is_refused(write_raster, kind):
    values = texture(30, 30).astype(kind)
    grey, color = write_raster("grey.tif", values[:1]), write_raster("color.tif", values)
    with pytest.raises(ValueError, match=r"grey.tif has 1 band, .*color.tif 3: .*--bands"):
        ScenePair([grey], [color], SceneSettings())
    with pytest.raises(ValueError, match=r"color.tif has 3 bands, .*grey.tif 1: .*--bands"):
        ScenePair([color], [grey], SceneSettings())
    with ScenePair([grey], [color], SceneSettings(bands=(1,))) as pair:
        assert pair.read(Window(0, 0, 30, 30)).identical


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:4326", Affine(1e-4, 0, 180, 0, -1e-4, 10)),
        ("EPSG:4269", Affine(1e-4, 0, -180, 0, -1e-4, 10)),
        ("EPSG:3832", Affine(11.13, 0, 3339584.7, 0, -11.13, 1_111_000)),  # Centred on 150 E.
    ],
)
def test_places_on_both_sides_of_the_antimeridian_overlap(write_raster, crs, place):
    """The first date counts on beyond 180 degrees."""
    first = {"crs": "EPSG:4326", "transform": Affine(1e-4, 0, 179.99, 0, -1e-4, 10)}
    names = (
        write_raster("first.tif", texture(90, 200), **first),
        write_raster("second.tif", texture(90, 200), crs=crs, transform=place),
    )
    check_fit(*(Raster([name], None, None) for name in names))
    away = write_raster(
        "away.tif", texture(90, 90), crs=crs, transform=place @ Affine.translation(9e3, 0)
    )
    with pytest.raises(ValueError, match="do not overlap"):
        check_fit(Raster([names[0]], None, None), Raster([away], None, None))


@pytest.mark.parametrize("left", [-180.01, 0])
def test_longitudes_that_are_counted_in_two_ways_are_refused(write_raster, left):
    """The ground that both show would be taken for no data."""
    world = {"crs": "EPSG:4326", "transform": Affine(360 / 200, 0, -180, 0, -1, 45)}
    other = {**world, "transform": Affine(360 / 200, 0, left, 0, -1, 45)}
    names = [
        write_raster(f"{number}.tif", texture(90, 200), **place)
        for number, place in enumerate((world, other))
    ]
    rasters = [Raster([name], None, None) for name in names]
    if left:  # Rounded bounds are none of that.
        check_fit(*rasters)
        return
    with pytest.raises(ValueError, match=r"count longitudes in two ways, -180 to 180 .*0 to 360"):
        check_fit(*rasters)


@pytest.mark.parametrize("first", ["part", "world"])
def test_a_file_of_the_whole_earth_covers_a_part_of_it(write_raster, first):
    """In UTM the Earth has no bounds."""
    values = texture(900, 1800)[:1]
    world = {"crs": "EPSG:4326", "transform": Affine(0.2, 0, -180, 0, -0.2, 90)}
    part = {"crs": "EPSG:32633", "transform": Affine(1000, 0, 350_000, 0, -1000, 5_600_000)}
    names = [
        write_raster("world.tif", values, **world),
        write_raster("part.tif", values[:, :200, :200], **part),
    ]
    if first == "part":
        names.reverse()
        with ScenePair([names[0]], [names[1]], SceneSettings()) as pair:
            assert pair.read(Window(0, 0, 200, 200)).valid.all()
    else:
        before, after = (Raster([name]) for name in names)
        check_fit(before, after)
