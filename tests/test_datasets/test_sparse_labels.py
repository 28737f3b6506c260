"""Masks of which some pixels alone are labelled."""

import numpy as np
import pytest

from mmrsicc.datasets.sparse_labels import mask_ids, training_part

VALUES = np.array([[0, 1, 2], [2, 2, 0]])


@pytest.mark.parametrize(
    ("values", "given", "expected"),
    [
        (VALUES == 1, {}, [[0, 1, 0], [0, 0, 0]]),
        (np.where(VALUES == 1, 255.0, 0.0), {}, [[0, 1, 0], [0, 0, 0]]),
        (VALUES, {"changed": [1], "unchanged": [2]}, [[255, 1, 0], [0, 0, 255]]),
        (VALUES, {"changed": [1, 2]}, [[0, 1, 1], [1, 1, 0]]),
        (np.where(VALUES == 1, 2, 1), {"unchanged": [1]}, [[0, 1, 0], [0, 0, 0]]),
    ],
    ids=["binary", "255", "unknown", "classes", "one and two"],
)
def test_values_become_classes(values, given, expected):
    mask = mask_ids(values, **given)
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "a.mat:gt has the values 0, 1, 2: say which"),
        ({"changed": [1]}, "say which"),  # Else 2, or 0, would silently count as unchanged.
        ({"unchanged": [2]}, "say which"),
        ({"changed": [1], "unchanged": [1]}, "say which"),
        ({"changed": [1], "unchanged": [7]}, "no value 7: it has 0, 1, 2"),
    ],
)
def test_uncertain_values_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        mask_ids(VALUES, **given, source="a.mat:gt")


def test_each_labelled_pixel_is_in_one_part():
    mask = np.random.default_rng(0).choice([0, 1, 255], (50, 40), p=[0.6, 0.1, 0.3])
    mask = mask.astype(np.uint8)
    train, test = training_part(mask, 0.03, seed=1)
    assert train.dtype == test.dtype == np.uint8
    for value in (0, 1):
        assert (train == value).sum() == round(0.03 * (mask == value).sum())
    np.testing.assert_array_equal(np.minimum(train, test), mask)
    assert not ((train != 255) & (test != 255)).any()
    np.testing.assert_array_equal(training_part(mask, 0.03, seed=1)[0], train)
    assert (training_part(mask, 0.03, seed=2)[0] != train).any()
    assert (training_part(mask, 1e-6, seed=1)[0] == 1).sum() == 1
