"""Change masks without a model."""

import cv2
import numpy as np

from mmrsicc.evaluation.baselines.mask_baselines import all_unchanged, otsu_difference


def brute_force(values):
    """Otsu's mask: of all thresholds, the one with the largest variance between both sides."""
    best, threshold = -1.0, 0
    for t in range(255):
        low, high = values[values <= t], values[values > t]
        if len(low) and len(high):
            between = len(low) * len(high) * (low.mean() - high.mean()) ** 2
            if between > best:
                best, threshold = between, t
    return (values > threshold).astype(np.uint8)


def test_otsu_parts_small_differences_from_large_ones():
    rng = np.random.default_rng(0)
    before = rng.integers(60, 90, (20, 30, 3), np.uint8)
    after = before + rng.integers(0, 12, before.shape, np.uint8)
    after[5:9, 10:20] += 100
    mask = otsu_difference(before, after)
    expected = np.zeros((20, 30), np.uint8)
    expected[5:9, 10:20] = 1
    assert np.array_equal(mask, expected)
    noisy = rng.integers(0, 256, before.shape, np.uint8)
    distance = np.sqrt(((before - noisy.astype(float)) ** 2).mean(axis=2)).round().astype(np.uint8)
    assert np.array_equal(otsu_difference(before, noisy), brute_force(distance))
    grey = cv2.merge([distance] * 3)
    assert np.array_equal(otsu_difference(np.zeros_like(grey), grey), brute_force(distance))


def test_what_is_equal_has_not_changed():
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)
    assert not otsu_difference(image, image).any()
    assert not all_unchanged(image, 255 - image).any()
    assert all_unchanged(image, image).shape == (5, 4)


def test_values_beyond_eight_bits_are_parted_by_their_size():
    rng = np.random.default_rng(0)
    before = rng.normal(1000, 5, (20, 30, 4)).astype(np.float32)
    after = before + rng.normal(0, 5, before.shape).astype(np.float32)
    after[5:9, 10:20] += 256  # Of bytes, this is 0.
    expected = np.zeros((20, 30), np.uint8)
    expected[5:9, 10:20] = 1
    assert np.array_equal(otsu_difference(before, after), expected)
