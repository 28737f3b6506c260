"""Numbers as colours."""

import numpy as np
import pytest
from PIL import Image

from mmrsicc.visualization.heat import heat, scale_bar

GROUND = Image.new("RGB", (80, 60), (120, 130, 110))


def colour(picture, bare):
    """(H, W) how far each pixel is from what it would be without a map."""
    return np.abs(np.asarray(picture, int) - np.asarray(bare, int)).sum(-1)


@pytest.fixture
def bare():
    return heat(GROUND, np.zeros((3, 4)))


@pytest.mark.parametrize("place", [(0, 0), (1, 2), (2, 3)])
def test_a_peak_stands_over_its_own_cell(bare, place):
    levels = np.zeros((3, 4))
    levels[place] = 1
    strength = colour(heat(GROUND, levels), bare)
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    assert (row // 20, column // 20) == place
    assert np.count_nonzero(strength) < strength.size  # elsewhere there is no colour


def test_more_is_darker_in_grey_print_too():
    ramp = heat(Image.new("RGB", (256, 1), (225, 225, 225)), np.linspace(0, 1, 256)[None])
    grey = np.asarray(ramp.convert("L"), int)[0]
    assert (np.diff(grey) <= 0).all() and grey[0] - grey[-1] > 120


def test_what_lies_over_padding_is_cut_off(bare):
    # The image fills the upper half of what the map covers.
    levels = np.array([[1.0], [1.0], [0.0], [0.0]])
    strength = colour(heat(GROUND, levels, covered=(0.5, 1.0)), bare)
    assert strength[:40].min() == strength.max()
    whole = colour(heat(GROUND, levels), bare)
    assert (whole[50:] == 0).all()


def test_levels_beyond_the_ends_take_the_colour_of_the_ends(bare):
    ends = heat(GROUND, np.array([[0.0, 1.0]]))
    beyond = heat(GROUND, np.array([[-5.0, 6.0]]))
    np.testing.assert_array_equal(np.asarray(ends)[:, [0, -1]], np.asarray(beyond)[:, [0, -1]])


def test_the_bar_shows_the_colours_of_the_maps():
    bar = np.asarray(scale_bar("0", "0.5", "of all", 400))
    darkest = np.asarray(heat(Image.new("RGB", (8, 8), (225, 225, 225)), np.ones((1, 1))))[0, 0]
    assert (bar == darkest).all(-1).any()
    assert bar.shape[1] <= 400
