"""Tiles, and regions of tiles that say the same."""

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="scenes need the extra geo")

from mmrsicc.scenes import SceneSettings, TileResult
from mmrsicc.scenes.regions import join
from mmrsicc.scenes.tiles import cut


@pytest.mark.parametrize(
    ("width", "height", "size", "overlap"),
    [(100, 70, 32, 8), (64, 64, 32, 0), (65, 33, 32, 31), (20, 90, 32, 8), (32, 32, 32, 8)],
)
def test_tiles_cover_the_scene_and_overlap_as_asked(width, height, size, overlap):
    tiles = cut(width, height, size, overlap)
    count = np.zeros((height, width), int)
    for tile in tiles:
        assert (tile.width, tile.height) == (min(size, width), min(size, height))
        assert 0 <= tile.x <= width - tile.width
        assert 0 <= tile.y <= height - tile.height
        count[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] += 1
    assert count.min() == 1 or overlap * 2 > size
    assert [tile.index for tile in tiles] == list(range(len(tiles)))
    by_place = {(tile.row, tile.column): tile for tile in tiles}
    for tile in tiles:
        right = by_place.get((tile.row, tile.column + 1))
        assert right is None or tile.x + tile.width - right.x >= overlap


def test_impossible_settings_are_refused():
    for wrong in (
        {"tile": 64, "overlap": 64},
        {"bands": (1, 2)},
        {"bands": (0, 1, 2)},
        {"percentiles": (50, 50)},
        {"prefilter": 0.0},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            SceneSettings(**wrong)


def results_of(words: list[str]) -> dict[int, TileResult]:
    """A tile per letter: its caption; '.' was skipped, '=' says that nothing changed."""
    said = {"=": "the scene is the same as before"}
    return {
        i: TileResult(i, "identical")
        if word == "."
        else TileResult(i, None, 1.0, said.get(word, word), -1.0 + i / 100, ((word, -1.0),), 0.5)
        for i, word in enumerate("".join(words))
    }


def test_neighbours_that_say_the_same_become_one_polygon():
    tiles = cut(4 * 24 + 8, 3 * 24 + 8, 32, 8)
    results = results_of(["aab.", "a=b=", "baa="])
    regions = join(tiles, results)
    said = [(region.best.caption, region.tiles) for region in regions]
    same = "the scene is the same as before"
    assert said == [("a", 3), ("b", 2), (same, 1), (same, 2), ("b", 1), ("a", 2)]
    # By hand: 32 x 32 each, less 8 x 32 for each of two shared edges.
    assert regions[0].polygon.area == 3 * 32 * 32 - 2 * 8 * 32
    assert regions[0].best.tile == 4, "the tile with the highest score speaks for the region"
    assert [r.best.caption for r in join(tiles, results, drop_no_change=True)] == list("abba")


def test_a_ring_keeps_its_hole():
    tiles = cut(96, 96, 32, 0)
    (ring, middle) = join(tiles, results_of(["aaa", "aba", "aaa"]))
    assert ring.polygon.area == 8 * 32 * 32
    assert len(ring.polygon.interiors) == 1
    assert middle.polygon.bounds == (32, 32, 64, 64)


def test_a_tile_without_a_score_speaks_only_where_none_has_one():
    tiles = cut(64, 32, 32, 0)
    results = {i: TileResult(i, None, 1.0, "a", score) for i, score in enumerate((None, -9.0))}
    assert join(tiles, results)[0].best.score == -9.0
