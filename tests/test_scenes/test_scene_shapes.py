"""From masks to the shapes of objects."""

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import shapely
from rasterio.windows import Window
from scipy import ndimage

from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.shapes import highlighted, join_parts, mask_parts, window_around


def drawn(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A mask (40, 60) with rectangles from (left, top) to (right, bottom)."""
    mask = np.zeros((40, 60), bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return mask


def test_parts_are_the_components_of_the_mask():
    mask = np.random.default_rng(0).random((40, 60)) < 0.4
    parts = mask_parts(mask, x=100, y=7)
    labels, count = ndimage.label(mask)
    assert len(parts) == count
    assert sorted(part.area for part in parts) == sorted(np.bincount(labels.ravel())[1:])
    assert shapely.union_all(parts).bounds[0] >= 100


def test_small_parts_go_small_holes_are_filled_and_near_parts_are_one_object():
    mask = drawn((0, 0, 10, 10), (12, 0, 20, 10), (40, 20, 60, 40), (30, 0, 33, 3))
    mask[4:6, 4:6] = False  # a hole of 4 pixels
    mask[25:35, 45:55] = False  # and one of 100
    first, second = join_parts(mask_parts(mask), least=10, distance=2)
    assert first.equals(shapely.union(shapely.box(0, 0, 10, 10), shapely.box(12, 0, 20, 10)))
    assert second.area == 20 * 20 - 10 * 10
    assert len(join_parts(mask_parts(mask), least=10, distance=1.9)) == 3
    assert len(join_parts(mask_parts(mask), least=9, distance=2)) == 3
    assert join_parts([], 10, 2) == []


@pytest.mark.parametrize("size", [7, 16, 25])
def test_objects_of_blocks_come_together_to_those_of_the_whole(size):
    noise = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=(90, 110)), 2)
    mask = noise > 0.05
    whole = join_parts(mask_parts(mask), least=12, distance=2)
    assert len(whole) > 5
    pieces = []
    for y in range(0, 90, size):
        for x in range(0, 110, size):
            part = mask[y : y + size, x : x + size]
            edge = shapely.box(x, y, x + part.shape[1], y + part.shape[0])
            pieces += join_parts(mask_parts(part, x, y), 12, 2, edge)
    again = join_parts(shapely.get_parts(pieces), 12, 2)
    assert [shape.wkt for shape in again] == [shape.wkt for shape in whole]


def test_a_window_lies_about_its_object_and_inside_the_scene():
    assert window_around(shapely.box(40, 40, 50, 60), 20, 100, 100) == Window(35, 40, 20, 20)
    assert window_around(shapely.box(0, 95, 2, 100), 20, 100, 100) == Window(0, 80, 20, 20)
    assert window_around(shapely.box(10, 10, 70, 20), 20, 100, 100) == Window(10, 0, 60, 60)
    assert window_around(shapely.box(10, 10, 20, 20), 256, 100, 90) == Window(0, 0, 100, 90)


def test_nothing_but_a_highlighted_object_changes():
    before, after = np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 9, np.uint8)
    pixels = PairPixels(before, after, np.ones((40, 60), bool), False)
    shown = highlighted(pixels, shapely.box(130, 215, 135, 220), Window(100, 200, 60, 40))
    changed = (shown.after != before).any(axis=2)
    assert changed[15:20, 30:35].all()
    assert changed.sum() < 23 * 23
    assert not changed[:, :20].any()
