"""Methods that train on the pair itself: what changed scores higher, and parts by hand."""

import sys

import numpy as np
import pytest
from sklearn.svm import SVC

from mmrsicc.change_maps import (
    LEARNED,
    S3VM,
    SCCN,
    ForestRegression,
    Novelty,
    PreClassified,
    change_mask,
)
from mmrsicc.change_maps.pixel_features import patches, scaled, texture
from mmrsicc.change_maps.preclassified import fuzzy_clusters

QUICK = {
    "preclassified": {"epochs": 5},
    "novelty": {"steps": 60},
    "s3vm": {"rounds": 2, "samples": 300},
    "sccn": {"coding_steps": 200, "coupling_steps": 200, "device": "cpu"},
    "forest": {"trees": 5},
}
CHANGED = np.zeros((40, 48), bool)
CHANGED[8:20, 10:30] = True


def land(seed=0):
    """Smooth fields of two crops, (40, 48), from 0 to 1."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((5, 6)).repeat(8, 0).repeat(8, 1)
    return coarse, rng


def same_sensor(seed=0):
    """Two dates of four bands, positive; a rectangle is other land in the second."""
    coarse, rng = land(seed)
    other = np.where(CHANGED, (coarse + 0.5) % 1, coarse)
    gains = np.array([1.0, 0.8, 1.5, 0.4])
    dates = [100 + 200 * c[..., None] * gains for c in (coarse, other)]
    return [date + rng.normal(0, 4, date.shape) for date in dates]


def two_sensors(seed=0):
    """Two bands before, three after, each another function of the land."""
    coarse, rng = land(seed)
    other = np.where(CHANGED, (coarse + 0.5) % 1, coarse)
    before = np.stack([np.exp(-2 * coarse), coarse**2], axis=2)
    after = np.stack([other, np.sqrt(other), 1 - other], axis=2) * 3000
    return before + rng.normal(0, 0.02, before.shape), after + rng.normal(0, 40, after.shape)


@pytest.mark.parametrize("name", LEARNED)
def test_what_changed_scores_higher_and_equal_runs_are_equal(name):
    method = LEARNED[name](**QUICK[name])
    before, after = same_sensor() if method.same_bands else two_sensors()
    valid = np.ones(CHANGED.shape, bool)
    valid[30:, 40:] = False
    scores = method(before, after, valid)
    assert scores.dtype == np.float32 and (scores[~valid] == 0).all()
    inside, outside = scores[CHANGED], scores[~CHANGED & valid]
    # The chance that a changed pixel scores higher than an unchanged one.
    order = np.searchsorted(np.sort(outside), inside).mean() / len(outside)
    assert order > 0.8, order
    if name != "sccn":  # It takes long.
        assert np.array_equal(scores, method(before, after, valid))
    mask = change_mask(scores, method.threshold, valid)
    assert mask[CHANGED].mean() > mask[~CHANGED & valid].mean() + 0.2


def test_bands_must_agree_where_values_are_compared():
    before, after = two_sensors()
    with pytest.raises(ValueError, match="with the same bands"):
        Novelty()(before, after)
    with pytest.raises(ValueError, match=r"of one size$"):
        ForestRegression()(before, after[:-1])
    assert not SCCN.same_bands and not ForestRegression.same_bands


def test_fuzzy_clusters_find_three_groups():
    values = np.concatenate([np.random.default_rng(0).normal(m, 0.05, 200) for m in (3, 1, 2)])
    assert np.array_equal(fuzzy_clusters(values, 3), np.repeat([2, 0, 1], 200))


def test_certain_labels_are_right_and_some_pixels_are_not_certain():
    labels = PreClassified().certain(*same_sensor(), np.ones(CHANGED.shape, bool))
    assert CHANGED[labels == 1].mean() > 0.9 and (labels == 1).sum() > 50
    assert CHANGED[labels == 0].mean() < 0.25 and 0 < (labels == -1).mean() < 0.7


def test_a_pair_without_a_certain_pixel_is_unchanged():
    noise = np.random.default_rng(0).random((2, 12, 12, 3))
    method = PreClassified(agreement=1.0)
    assert (method.certain(*noise, np.ones((12, 12), bool)) == -1).all()
    assert np.array_equal(method(*noise), np.zeros((12, 12), np.float32))


def test_without_rounds_it_is_an_svm_of_certain_pixels():
    before, after = same_sensor()
    method = S3VM(rounds=0, samples=10**6)
    valid = np.ones(CHANGED.shape, bool)
    both = scaled(np.concatenate([before, after], 1), np.ones((40, 96), bool))
    first, second = np.split(both, 2, axis=1)
    labels = method.certain(np.linalg.norm(second - first, axis=2), valid).ravel()
    pixels = np.concatenate([first, second], 2).reshape(-1, 8)
    machine = SVC(C=10, class_weight="balanced").fit(pixels[labels >= 0], labels[labels >= 0])
    expected = machine.decision_function(pixels).reshape(40, 48)
    np.testing.assert_allclose(method(before, after), expected, atol=0.05)


def test_scikit_learn_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(ImportError, match=r"mmrsicc\[detect\]"):
        ForestRegression()(*two_sensors())


def test_features_of_pixels_by_hand():
    image = np.arange(24, dtype=np.float32).reshape(4, 6, 1)
    assert patches(image, 3)[1, 1].tolist() == [0, 1, 2, 6, 7, 8, 12, 13, 14]
    found = texture(image, 3)[1, 1]
    around = np.array([0, 1, 2, 6, 7, 8, 12, 13, 14])
    np.testing.assert_allclose(found, [7, around.mean(), around.std()], rtol=1e-5)
