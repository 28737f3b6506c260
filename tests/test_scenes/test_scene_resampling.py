"""Grids whose coordinate systems do not cover each other."""

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.windows import Window

from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.resampling import Warp


def test_a_grid_of_the_world_finds_the_tile_that_is_in_it():
    """Most places of the world have no place in one UTM zone."""
    world = Grid(360, 180, CRS.from_epsg(4326), Affine(1, 0, -180, 0, -1, 90))
    place = Affine(1000, 0, 300_000, 0, -1000, 5_500_000)
    tile = Grid(500, 500, CRS.from_epsg(32633), place)
    warp = Warp(tile, world)
    source = warp.source(Window(0, 0, 360, 180))
    assert source is not None
    rows, columns = (
        slice(int(s), int(s + n))
        for s, n in ((source.row_off, source.height), (source.col_off, source.width))
    )
    values = np.full((1, 500, 500), 7, np.uint8)[:, rows, columns]
    found, valid = warp(values, np.ones(values.shape[1:], bool), source, Window(0, 0, 360, 180))
    # 500 km are about 4.5 degrees of latitude and 6.8 to 7.0 of longitude there.
    assert 24 <= valid.sum() <= 40 and (found[0][valid] == 7).all()
    there = np.argwhere(valid)
    # 12 to 19 degrees east, 45 to 50 degrees north.
    assert there.min(0).tolist() >= [39, 191] and there.max(0).tolist() <= [45, 199]
