"""The radiometry of scenes: from full-resolution samples, by what the files declare."""

import json

import numpy as np
import pytest
from fabricated_scenes import brightness_captioner, changed_pair, texture

pytest.importorskip("geopandas", reason="scenes need the extra geo")
rasterio = pytest.importorskip("rasterio", reason="needs the extra geo")

from rasterio.windows import Window  # noqa: E402

from mmrsicc.datasets.image_io import read_pair  # noqa: E402
from mmrsicc.scenes import SceneSettings, caption_scene  # noqa: E402
from mmrsicc.scenes.pair import ScenePair  # noqa: E402

RNG = np.random.default_rng(0)


def declare(path, scale, offset):
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (scale,) * file.count, (offset,) * file.count
    return path


def test_a_tile_is_as_bright_in_a_large_scene_as_in_a_small_one(write_raster):
    """An overview of a large scene of noise is nearly flat: its range is not that of the pixels."""
    noise = RNG.integers(1000, 3000, (2, 1, 1600, 1600)).astype(np.uint16)
    tiles = []
    for size in (300, 1600):
        paths = [write_raster(f"{size}_{i}.tif", d[:, :size, :size]) for i, d in enumerate(noise)]
        with ScenePair(paths[:1], paths[1:], SceneSettings()) as pair:
            assert np.allclose(pair.radiometry.low, 1020, atol=4)
            assert np.allclose(pair.radiometry.high, 2980, atol=4)
            tiles.append(pair.read(Window(0, 0, 64, 64)).before.astype(int))
    assert np.abs(tiles[0] - tiles[1]).max() <= 1


def test_samples_are_taken_where_there_is_data(write_raster):
    values = np.zeros((1, 1600, 1600), np.uint16)
    values[:, 1100:1300, 700:900] = RNG.integers(500, 700, (1, 200, 200))
    path = write_raster("sparse.tif", values, nodata=0)
    with ScenePair([path], [path], SceneSettings()) as pair:
        assert 498 < pair.radiometry.low[0] < 506 and 694 < pair.radiometry.high[0] < 702


def test_a_pair_and_a_scene_have_one_radiometry(write_raster):
    dates = [texture(90, 120, seed).astype(np.uint16) * 13 for seed in (0, 1)]
    paths = [write_raster(f"{i}.tif", date) for i, date in enumerate(dates)]
    for options in ({}, {"value_range": (200.0, 2500.0)}):
        before, after, radiometry = read_pair(*paths, **options)
        with ScenePair(paths[:1], paths[1:], SceneSettings(**options)) as pair:
            pixels = pair.read(Window(0, 0, 120, 90))
            assert pair.radiometry == radiometry
        assert np.array_equal(pixels.before, before) and np.array_equal(pixels.after, after)


def test_equal_reflectances_with_other_offsets_are_identical(write_raster):
    reflectance = texture(60, 70).astype(np.uint16) * 10
    before = declare(write_raster("old.tif", reflectance), 1e-4, 0.0)
    after = declare(write_raster("new.tif", reflectance + np.uint16(1000)), 1e-4, -0.1)
    with ScenePair([before], [after], SceneSettings()) as pair:
        pixels = pair.read(Window(0, 0, 70, 60))
    assert pixels.identical
    assert np.array_equal(pixels.before, pixels.after) and np.ptp(pixels.before) > 200
    same_numbers = declare(write_raster("darker.tif", reflectance), 1e-4, -0.1)
    with ScenePair([before], [same_numbers], SceneSettings()) as pair:
        assert not pair.read(Window(0, 0, 70, 60)).identical


def test_the_radiometry_stands_in_the_summary(tmp_path, write_raster):
    paths = [
        write_raster(f"{i}.tif", d.astype(np.uint16) * 9) for i, d in enumerate(changed_pair())
    ]
    settings = SceneSettings(tile=100, overlap=0, value_range=(0.0, 2295.0))
    caption_scene(brightness_captioner, paths[:1], paths[1:], tmp_path / "out", settings)
    found = json.loads((tmp_path / "out" / "summary.json").read_text())["radiometry"]
    assert found["source"] == "fixed range" and found["high"] == [2295.0] * 3
    assert found["before"] == {"dtype": "uint16", "scale": [1.0] * 3, "offset": [0.0] * 3}


def test_a_range_and_percentiles_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        SceneSettings(percentiles=(1, 99), value_range=(0, 1))
    with pytest.raises(ValueError, match="give the values that become 0 and 255"):
        SceneSettings(value_range=(3, 1))
