"""Scenes, small."""

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from rasterio.transform import Affine

from mmrsicc.scenes import SceneSettings
from mmrsicc.scenes.overview import overview_grid, read_small
from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.raster import Raster


def ramp(height, width):
    """(1, H, W) uint8 whose values grow to the right and down, 0 to 200."""
    rows, columns = np.mgrid[:height, :width]
    return ((rows / height + columns / width) * 100).astype(np.uint8)[None]


def test_a_small_scene_is_its_own_overview(write_raster):
    values = ramp(40, 30)
    raster = Raster([write_raster("a.tif", values)])
    small, valid = read_small(raster, overview_grid(raster.grid))
    assert np.array_equal(small, values) and valid.all()


@pytest.mark.parametrize("turned", [False, True])
def test_an_overview_shows_the_whole_scene(write_raster, turned):
    values = ramp(300, 400)
    values[:, :50, :80] = 0
    place = Affine(10, 0, 450_000, 0, -10, 5_400_000)
    stored = values
    if turned:  # south-up
        stored, place = values[:, ::-1], Affine(10, 0, 450_000, 0, 10, 5_397_000)
    raster = Raster([write_raster("a.tif", stored, nodata=0, transform=place)])
    grid = overview_grid(raster.grid, edge=100)
    assert (grid.width, grid.height) == (100, 75)
    small, valid = read_small(raster, grid)
    expected = values[0, 2::4, 2::4]
    inner = np.s_[15:, 25:]
    assert np.abs(small[0].astype(int) - expected)[inner].max() <= 2
    assert not valid[:12, :19].any() and valid[inner].all()


def test_a_second_date_of_other_pixels_lies_on_the_first(write_raster):
    first = Raster([write_raster("a.tif", ramp(300, 400))])
    coarse = {"transform": Affine(20, 0, 450_000, 0, -20, 5_400_000)}
    second = Raster([write_raster("b.tif", ramp(150, 200), **coarse)]).on_grid(first.grid)
    grid = overview_grid(first.grid, edge=100)
    small = [read_small(raster, grid)[0].astype(int) for raster in (first, second)]
    assert np.abs(small[0] - small[1]).max() <= 2


def test_opening_a_scene_reads_little_and_its_overview_is_a_decimated_read(
    write_raster, monkeypatch
):
    values = np.random.default_rng(0).integers(1, 255, (1, 2048, 2048), dtype=np.uint8)
    names = [write_raster(f"{i}.tif", values, tiled=True) for i in range(2)]
    read = []
    inner = Raster._read_files

    def counted(self, part, shape=None):
        read.append((part.width * part.height, shape))
        return inner(self, part, shape)

    monkeypatch.setattr(Raster, "_read_files", counted)
    with ScenePair([names[0]], [names[1]], SceneSettings()) as pair:
        assert sum(pixels for pixels, _ in read) < 2048**2 / 10
        read.clear()
        small = pair.overview
        assert [shape for _, shape in read] == [(1200, 1200)] * 2
        assert small.before.shape == (1200, 1200, 3)


def test_data_in_a_corner_alone_is_found(write_raster):
    values = np.zeros((1, 1500, 1500), np.uint16)
    values[:, :20, -20:] = np.arange(1, 401).reshape(1, 20, 20)
    names = [write_raster(f"{i}.tif", values, nodata=0) for i in range(2)]
    with ScenePair([names[0]], [names[1]], SceneSettings()) as pair:
        assert 1 <= pair.radiometry.low[0] < pair.radiometry.high[0] <= 400
    empty = write_raster("c.tif", values * 0, nodata=0)
    with pytest.raises(ValueError, match="no data in common"):
        ScenePair([names[0]], [empty], SceneSettings())


def test_files_in_an_archive_are_read(write_raster, tmp_path):
    import zipfile

    name = write_raster("a.tif", ramp(40, 30))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(name, "a.tif")
    raster = Raster([f"/vsizip/{tmp_path}/a.zip/a.tif"])
    assert np.array_equal(raster.read()[0], ramp(40, 30))


def test_the_overview_of_a_part_of_a_large_file_reads_that_part(write_raster, monkeypatch):
    values = ramp(2000, 2000)
    place = Affine(10, 0, 450_000 - 6000, 0, -10, 5_400_000 + 6000)
    clip = Raster([write_raster("a.tif", values[:, 600:1000, 600:1000])])
    mosaic = Raster([write_raster("b.tif", values, transform=place)]).on_grid(clip.grid)
    read = []
    inner = Raster._read_files
    monkeypatch.setattr(Raster, "_read_files", lambda *args: read.append(args[1]) or inner(*args))
    small = [read_small(raster, overview_grid(clip.grid, edge=100)) for raster in (clip, mosaic)]
    assert max(part.width for part in read) < 450
    assert all(valid[2:-2, 2:-2].all() for _, valid in small)
    inside = np.s_[0, 2:-2, 2:-2]
    apart = small[0][0][inside].astype(int) - small[1][0][inside]
    assert np.abs(apart).max() <= 1
