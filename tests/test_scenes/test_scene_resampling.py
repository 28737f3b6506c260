"""Grids whose coordinate systems do not cover each other."""

import cv2
import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from pyproj import Transformer
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
    assert (found[0][valid] == 7).all()
    # Cells whose middle lies in the tile; beside them the kernel reaches a cell further.
    east, north = Transformer.from_crs(4326, 32633, always_xy=True).transform(
        *np.meshgrid(np.arange(-179.5, 180), np.arange(89.5, -90, -1))
    )
    inside = (np.abs(east - 550_000) < 250_000) & (np.abs(north - 5_250_000) < 250_000)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert inside.sum() > 20 and (valid | ~inside).all() and (near | ~valid).all()
