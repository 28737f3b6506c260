"""Thresholds of change scores."""

import cv2
import numpy as np
import pytest
from sklearn.cluster import KMeans

from mmrsicc.change_maps import THRESHOLDS, change_mask, kittler_illingworth, otsu, two_means

SCORES = np.array([[0, 1, 1, 9], [2, 8, 0, 10]], np.float32)


def test_a_mask_by_hand():
    """Means 0.8 and 9 of {0, 1, 1, 2, 0} and {9, 8, 10}: no other parting has less scatter."""
    expected = [[0, 0, 0, 1], [0, 1, 0, 1]]
    assert two_means(SCORES.ravel()) == 2
    for threshold in (2, "otsu", "kmeans", "ki"):
        mask = change_mask(SCORES, threshold)
        assert mask.dtype == np.uint8 and mask.tolist() == expected, threshold


def test_otsu_is_opencv_s():
    rng = np.random.default_rng(0)
    for _ in range(5):
        scores = np.concatenate([[0, 255], rng.integers(0, 256, 300)]).astype(np.uint8)
        _, mask = cv2.threshold(scores[None], 0, 1, cv2.THRESH_OTSU)
        assert np.array_equal(change_mask(scores[None].astype(float), "otsu"), mask)


def test_two_means_is_the_best_of_scikit_learn_s_starts():
    rng = np.random.default_rng(1)
    scores = np.concatenate([rng.exponential(1, 500), rng.normal(6, 1, 80)])
    found = KMeans(2, n_init=20, random_state=0).fit(scores[:, None])
    changed = found.labels_ == found.cluster_centers_.argmax()
    assert np.array_equal(scores > two_means(scores), changed)


def test_minimum_error_finds_where_two_normal_densities_cross():
    """Otsu's threshold is drawn towards the wide class, the minimum error one is not.

    0.9 N(0, 1) and 0.1 N(6, 0.5^2) are equal at x where
    ln 0.9 - x^2 / 2 = ln 0.1 - ln 0.5 - 2 (x - 6)^2.
    """
    rng = np.random.default_rng(2)
    scores = np.concatenate([rng.normal(0, 1, 90_000), rng.normal(6, 0.5, 10_000)])
    roots = np.roots([1.5, -24, 72 + np.log(0.9) - np.log(0.2)])
    crossing = roots[(roots > 0) & (roots < 6)].item()
    assert kittler_illingworth(scores) == pytest.approx(crossing, abs=0.1)
    assert abs(otsu(scores) - crossing) > 0.5


def test_minimum_error_is_the_least_of_the_criterion_written_out():
    scores = np.random.default_rng(3).gamma(2, 2, 400)
    counts, edges = np.histogram(scores, 256)
    centres, width = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]

    def part(n, x):
        share = n.sum() / counts.sum()
        variance = np.average(x**2, weights=n) - np.average(x, weights=n) ** 2 + width**2 / 12
        return share * np.log(variance) - 2 * share * np.log(share)

    errors = [
        part(counts[: t + 1], centres[: t + 1]) + part(counts[t + 1 :], centres[t + 1 :])
        for t in range(255)
    ]
    # An empty bin makes a tie of two thresholds.
    chosen = edges.tolist().index(kittler_illingworth(scores)) - 1
    assert errors[chosen] == pytest.approx(min(errors), abs=1e-9)
    assert errors[chosen] < np.median(errors) - 0.01


@pytest.mark.parametrize("name", THRESHOLDS)
def test_equal_scores_and_missing_data_are_unchanged(name):
    assert not change_mask(np.full((3, 4), 0.7, np.float32), name).any()
    nearly = np.float32(1.1) + np.linspace(0, 1e-6, 12, dtype=np.float32).reshape(3, 4)
    assert not change_mask(nearly, name).any()
    assert not change_mask(SCORES, name, np.zeros(SCORES.shape, bool)).any()
    far = SCORES.copy()
    far[0, 0] = 1e6  # Without data: neither changed nor counted.
    valid = far < 1e6
    assert change_mask(far, name, valid).tolist() == change_mask(SCORES, name, valid).tolist()
    assert change_mask(far, name, valid)[1].tolist() == [0, 1, 0, 1]


def test_scores_of_any_scale_have_the_same_mask():
    scores = np.random.default_rng(4).gamma(1, 1, (30, 30))
    for name in THRESHOLDS:
        assert np.array_equal(change_mask(scores, name), change_mask(1e-6 * scores, name))


def test_an_unknown_threshold_is_told():
    with pytest.raises(ValueError, match=r"'median': give a number or one of otsu, kmeans, ki"):
        change_mask(SCORES, "median")
