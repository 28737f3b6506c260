"""Tiles and blocks of a scene."""

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings
from mmrsicc.scenes.tiles import Tile, TileGrid, cut_blocks


@pytest.mark.parametrize(
    ("width", "height", "size", "overlap"),
    [(100, 70, 32, 8), (64, 64, 32, 0), (65, 33, 32, 31), (20, 90, 32, 8), (32, 32, 32, 8)],
)
def test_tiles_cover_the_scene_and_overlap_as_asked(width, height, size, overlap):
    grid = TileGrid(width, height, size, overlap)
    tiles = grid.begun_in(Tile(0, 0, 0, width, height))
    count = np.zeros((height, width), int)
    for tile in tiles:
        assert (tile.width, tile.height) == (min(size, width), min(size, height))
        assert 0 <= tile.x <= width - tile.width
        assert 0 <= tile.y <= height - tile.height
        count[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] += 1
    assert count.min() == 1 or overlap * 2 > size
    assert [tile.index for tile in tiles] == list(range(len(grid)))
    for one, right in pairwise(tiles):
        assert one.y != right.y or one.x + one.width - right.x >= overlap


def test_each_pixel_is_in_one_block_and_each_tile_begins_in_one():
    grid = TileGrid(100, 70, 32, 8)
    blocks = cut_blocks(100, 70, 40)
    count = np.zeros((70, 100), int)
    begun = []
    for block in blocks:
        count[block.y : block.y + block.height, block.x : block.x + block.width] += 1
        begun += [tile.index for tile in grid.begun_in(block)]
        over = {tile.index for tile in grid.over(block)}
        for tile in grid.begun_in(Tile(0, 0, 0, 100, 70)):
            apart = (
                tile.x >= block.x + block.width
                or tile.y >= block.y + block.height
                or tile.x + tile.width <= block.x
                or tile.y + tile.height <= block.y
            )
            assert (tile.index in over) is not apart
    assert (count == 1).all()
    assert sorted(begun) == list(range(len(grid)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"tile": 64, "overlap": 64},
        {"bands": (1, 2)},
        {"bands": (0, 1, 2)},
        {"percentiles": (50, 50)},
        {"prefilter": 0.0},
        {"block": 0},
        {"min_area": -1.0},
        {"join_distance": -1.0},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SceneSettings(**wrong)
