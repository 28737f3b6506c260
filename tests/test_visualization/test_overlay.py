"""Masks in colour."""

import numpy as np
import pytest
from PIL import Image

from mmrsicc.structures import IGNORED
from mmrsicc.visualization.overlay import CHANGED, PALETTE, area, mask_classes, overlay

NAMES = {1: "road", 2: "building"}


def mask_of(*values, size=32):
    """A mask whose columns go through the values."""
    columns = np.repeat(np.array(values, np.uint8), size // len(values))
    return np.tile(columns, (size, 1))


@pytest.mark.parametrize("value", [1, 2])
def test_a_single_class_is_changed_whatever_its_id(value):
    (kind,) = mask_classes([mask_of(0, value)]).values()
    assert (kind.name, kind.colour) == ("changed", CHANGED)


def test_unchanged_masks_have_no_class():
    assert mask_classes([mask_of(0)]) == {}


def test_a_named_class_has_its_colour_in_every_picture():
    both = mask_classes([mask_of(0, 1), mask_of(2)], NAMES)
    assert {value: kind.name for value, kind in both.items()} == NAMES
    assert mask_classes([mask_of(0, 2)], NAMES)[2] == both[2]
    assert both[1].colour != both[2].colour


def test_classes_without_names_are_called_by_their_value():
    assert [k.name for k in mask_classes([mask_of(0, 7), mask_of(9)]).values()] == ["7", "9"]


def test_too_many_classes_are_refused_with_the_fix():
    with pytest.raises(ValueError, match=r"15 classes.*binary_mask=True"):
        mask_classes([mask_of(*range(16))])


def test_colours_differ():
    colours = np.array([*PALETTE, CHANGED], int)
    distances = np.abs(colours[:, None] - colours[None]).sum(2)
    assert distances[~np.eye(len(colours), dtype=bool)].min() > 60


def test_each_class_takes_its_colour_and_the_rest_pales():
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    mask = mask_of(0, 1, 2, 0, size=32)  # half the image's size
    classes = mask_classes([mask], NAMES)
    drawn = np.asarray(overlay(image, mask, classes)).astype(float)
    assert drawn.shape == (64, 64, 3)
    for value, columns in ((1, slice(16, 32)), (2, slice(32, 48))):
        # The mean of the region leans to its own colour and away from the other's.
        mean = drawn[:, columns].mean((0, 1))
        own = np.abs(mean - classes[value].colour).sum()
        other = np.abs(mean - classes[3 - value].colour).sum()
        assert own < 0.7 * other
    plain = drawn[:, :16]
    original = np.asarray(image)[:, :16].astype(float)
    np.testing.assert_allclose(
        plain, 0.3 * original + 0.4 * original.mean(2, keepdims=True) + 76.5, atol=0.51
    )


def test_a_single_changed_pixel_survives_shrinking():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[501, 333] = 1
    drawn = np.asarray(overlay(Image.new("RGB", (100, 100)), mask, mask_classes([mask])))
    assert tuple(drawn[50, 33]) == CHANGED


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (0, "none"),
        (5, "less than 0.1 % of the area"),
        (125, "1.2 % of the area"),
        (10000, "100.0 % of the area"),
    ],
)
def test_area(changed, words):
    mask = np.zeros(10000, np.uint8)
    mask[:changed] = 2
    assert area(mask.reshape(100, 100)) == words


def test_ignored_pixels_are_neither_drawn_nor_counted():
    mask = mask_of(0, 1, IGNORED, IGNORED)
    assert list(mask_classes([mask])) == [1]
    assert area(mask) == "50.0 % of the area"
    assert area(mask_of(IGNORED)) == "none"
