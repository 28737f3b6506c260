"""Direction words follow the pixels."""

import itertools

import numpy as np
import pytest

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.datasets.transforms.directions import ORIENTATIONS, orient, rewrite_directions

GRID = np.arange(9).reshape(3, 3)
# Where each compass word lies in a 3 x 3 image: pixels are the independent judge of words.
PLACES = {
    "northwest": (0, 0),
    "north": (0, 1),
    "northeast": (0, 2),
    "west": (1, 0),
    "east": (1, 2),
    "southwest": (2, 0),
    "south": (2, 1),
    "southeast": (2, 2),
}
CORNERS = {"top left": (0, 0), "top right": (0, 2), "bottom left": (2, 0), "bottom right": (2, 2)}
SIDES = {"top": (0, 1), "left": (1, 0), "right": (1, 2), "bottom": (2, 1)}
FLIPS = ("flip_horizontal", "flip_vertical", "rot180")


def name_of_inverse(name):
    """The orientation that brings the pixels back."""
    found = [o for o in ORIENTATIONS if np.array_equal(orient(orient(GRID, name), o), GRID)]
    assert len(found) == 1
    return found[0]


def name_of_product(first, second):
    pixels = orient(orient(GRID, first), second)
    (found,) = (o for o in ORIENTATIONS if np.array_equal(orient(GRID, o), pixels))
    return found


def synonyms(sentence):
    """A sentence with one word for each direction, to compare up to synonyms."""
    padded = f" {sentence} "
    for determiner in ("the", "a", "it", "them", "this", "that", "some", "both"):
        padded = padded.replace(f" above {determiner} ", f" to the top of {determiner} ")
        padded = padded.replace(f" below {determiner} ", f" to the bottom of {determiner} ")
    padded = padded.replace(" above ", " on the top ").replace(" below ", " on the bottom ")
    for word in ("top", "bottom", "left", "right", "upper", "lower"):
        for preposition in ("on", "at", "in", "to"):
            padded = padded.replace(f" {preposition} {word} ", f" {preposition} the {word} ")
    for old, new in (("upper", "top"), ("higher", "top"), ("lower", "bottom"), ("-hand", "")):
        padded = padded.replace(old, new)
    return padded.strip()


def test_the_eight_orientations_are_distinct_and_named_as_numpy_does():
    assert len({orient(GRID, name).tobytes() for name in ORIENTATIONS}) == 8
    np.testing.assert_array_equal(orient(GRID, "flip_horizontal"), np.fliplr(GRID))
    np.testing.assert_array_equal(orient(GRID, "flip_vertical"), np.flipud(GRID))
    np.testing.assert_array_equal(orient(GRID, "transpose"), GRID.T)
    np.testing.assert_array_equal(orient(GRID, "rot270"), np.rot90(GRID, 3))


@pytest.mark.parametrize("name", ORIENTATIONS)
@pytest.mark.parametrize("words", [PLACES, CORNERS, SIDES])
def test_words_name_the_place_where_the_pixels_went(words, name):
    for word, (row, column) in words.items():
        turned = rewrite_directions(f"a house in the {word}", name)
        expected = words[turned.removeprefix("a house in the ")]
        assert orient(GRID, name)[expected] == GRID[row, column]


def test_compass_words_follow_the_group_law():
    sentence = "the northwest and the south-eastern part north of it, west and Northernmost"
    for first, second in itertools.product(ORIENTATIONS, repeat=2):
        twice = rewrite_directions(rewrite_directions(sentence, first), second)
        assert twice == rewrite_directions(sentence, name_of_product(first, second))


@pytest.mark.parametrize(
    ("sentence", "name", "expected"),
    [
        ("in the upper left corner", "flip_horizontal", "in the upper right corner"),
        ("in the upper left corner", "rot90", "in the lower left corner"),
        ("in the lower-right corner", "flip_vertical", "in the upper-right corner"),
        ("on the left of the road", "transpose", "on the top of the road"),
        ("on top of the scene", "rot90", "on the left of the scene"),
        ("the grass above is cleared", "flip_vertical", "the grass below is cleared"),
        ("the grass above is cleared", "rot90", "the grass on the left is cleared"),
        ("houses below the road", "rot90", "houses to the right of the road"),
        ("from right to left", "rot90", "from top to bottom"),
        ("a horizontal road", "rot270", "a vertical road"),
        ("a horizontal road", "rot180", "a horizontal road"),
        ("the leftmost house", "rot270", "the topmost house"),
        ("on the right-hand side", "flip_horizontal", "on the left-hand side"),
        ("on the right-hand side", "rot90", "on the top side"),
        ("the right down corner", "flip_vertical", "the right up corner"),
        ("in the top left and right", "rot180", "in the bottom right and left"),
        ("The northwestern part.", "flip_horizontal", "The northeastern part."),
        ("Southern houses", "rot90", "Eastern houses"),
        ("a house left of the road", "flip_horizontal", "a house right of the road"),
        ("a house left of the road", "rot90", "a house below the road"),
        ("Right of the road a house is built", "rot90", "Above the road a house is built"),
        ("on the road's left", "flip_horizontal", "on the road's right"),
        ("to the immediate left of it", "rot180", "to the immediate right of it"),
    ],
)
def test_known_rewritings(sentence, name, expected):
    assert rewrite_directions(sentence, name) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "many cars have left the parking lot",
        "only a small part of the forest is left",
        "trees are removed with an open space left",
        "two roads meet at a right angle",
        "a house is built right next to it",
        "trees are cut down and houses show up in the woods",
        "tall buildings replace lower buildings",
        "upon the copyright of westerners",
        "what is left of the forest is gone",
        "a right of way crosses the fields",
        "a road vertical to the old one is built",
    ],
)
def test_words_that_are_no_directions_stay(sentence):
    assert {rewrite_directions(sentence, name) for name in ORIENTATIONS} == {sentence}


def test_all_real_captions(real_data):
    path = real_data / "levir_cc" / "LevirCCcaptions.json"
    captions = {
        c for s in ("train", "val", "test") for r in read_split(path, s) for c in r.captions
    }
    assert len(captions) == 19266
    inverses = {name: name_of_inverse(name) for name in ORIENTATIONS}
    changed = 0
    for caption in captions:
        assert rewrite_directions(caption, "identity") == caption
        mirrored = rewrite_directions(caption, "flip_horizontal")
        changed += mirrored != caption
        assert rewrite_directions(mirrored, "flip_horizontal") == caption
        for name in ("flip_vertical", "rot90", "transpose"):
            back = rewrite_directions(rewrite_directions(caption, name), inverses[name])
            assert synonyms(back) == synonyms(caption), (name, caption, back)
    assert changed > 2500  # left or right stands in over 3,000 of the captions
