"""Scenes, small."""

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="scenes need the extra geo")

from mmrsicc.scenes.overview import read_small


def reader(first, second, valid):
    def read(window):
        part = np.s_[
            ...,
            window.row_off : window.row_off + window.height,
            window.col_off : window.col_off + window.width,
        ]
        return first[part], second[part], valid[part]

    return read


def test_cells_are_means_of_their_pixels_with_data():
    first = np.arange(2 * 6 * 8).reshape(2, 6, 8).astype(np.float32)
    valid = np.ones((6, 8), bool)
    valid[:2, :2] = False
    valid[0, 2] = False
    first[:, ~valid] = -9999
    small, other, there = read_small(reader(first, first + 1, valid), 8, 6, edge=4)
    assert small.shape == (2, 3, 4)
    # By hand: of the pixels 2, 3, 10 and 11 the first has no data.
    assert small[0, 0, 1] == 8
    assert small[1, 2, 3] == 48 + (38 + 39 + 46 + 47) / 4
    assert np.array_equal(other[:, there], small[:, there] + 1)
    assert there.sum() == 11 and not there[0, 0]


@pytest.mark.parametrize(
    ("width", "height", "edge"), [(2500, 1300, 1200), (40, 30, 1200), (1, 7, 3)]
)
def test_every_pixel_is_in_one_cell(width, height, edge):
    seen = np.zeros((height, width), int)
    values = np.full((1, height, width), 200, np.uint8)

    def read(window):
        y, x = window.row_off, window.col_off
        seen[y : y + window.height, x : x + window.width] += 1
        return reader(values, values, np.ones((height, width), bool))(window)

    small, _, valid = read_small(read, width, height, edge)
    assert (seen == 1).all()
    assert small.dtype == np.uint8 and (small == 200).all() and valid.all()
    assert max(small.shape) == min(max(width, height), edge)
