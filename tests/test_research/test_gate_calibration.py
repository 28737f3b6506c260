"""Calibration of the soft gate, against brute force, simulation and arithmetic by hand."""

from itertools import combinations

import numpy as np
import pytest

from mmrsicc.models.losses.text_guidance import SoftPairGate
from mmrsicc.research.gate_calibration import (
    MISSED,
    draw_batches,
    examples_near,
    fit_gate,
    gate_statistics,
    group_similarities,
    missed_by_half,
    openings,
    prototype,
    prototype_similarities,
    spearman_brown,
    stepped_up,
)


def normalised(values):
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def pairs_of_captions(pairs, captions, spread, dims=128, seed=0):
    """(pairs, captions, dims): each pair's own direction, and chance around it."""
    rng = np.random.default_rng(seed)
    meanings = normalised(rng.normal(size=(pairs, 1, dims)))
    chance = rng.normal(size=(pairs, captions, dims)) * spread / np.sqrt(dims)
    return normalised(meanings + chance)


@pytest.mark.parametrize(("captions", "size", "ways"), [(5, 1, 10), (5, 2, 15), (4, 2, 3)])
def test_groups_are_all_disjoint_ones_each_once(captions, size, ways):
    embeddings = pairs_of_captions(1, captions, 1.0)[0]
    expected = []
    for one in combinations(range(captions), size):
        for other in combinations(range(captions), size):
            if one < other and not set(one) & set(other):
                means = [embeddings[list(group)].mean(axis=0) for group in (one, other)]
                expected.append(normalised(means[0]) @ normalised(means[1]))
    found = group_similarities(embeddings, size)
    assert len(found) == ways
    np.testing.assert_allclose(sorted(found), sorted(expected), atol=1e-6)


def test_stepping_up_by_hand():
    # Two halves that agree by 0.5 make wholes that agree by 2 * 0.5 / (1 + 0.5).
    similarities = np.array([0.5, 1, 0, -0.3])
    np.testing.assert_allclose(spearman_brown(similarities, 2), [2 / 3, 1, 0, 0])
    # Four times the captions: level 0.8, and half of the scatter around it.
    expected = [0.8 + (4 * s / (1 + 3 * s) - 0.8) / 2 for s in (0.4, 0.6)]
    np.testing.assert_allclose(stepped_up(np.array([0.4, 0.6]), 4), expected)


def test_prototype_similarities_foretell_those_of_another_five_captions():
    rng = np.random.default_rng(1)
    ten = [pairs_of_captions(1, 10, rng.uniform(0.5, 2), 256, seed)[0] for seed in range(1500)]
    known = [prototype(c[:5]) @ prototype(c[5:]) for c in ten]
    foretold = [prototype_similarities(c[:5]) for c in ten]
    single = np.concatenate([group_similarities(c[:5], 1) for c in ten])
    quantiles = [0.1, 0.5]
    expected = np.quantile(known, quantiles)
    np.testing.assert_allclose(
        np.quantile(np.concatenate(foretold), quantiles), expected, atol=0.02
    )
    assert (np.quantile(single, quantiles) < expected - 0.15).all()


def test_fit_by_hand():
    same = [np.array([value, value]) for value in np.linspace(0.5, 0.9, 101)]
    fit = fit_gate(same)
    assert fit.theta == pytest.approx(0.54) and fit.kappa == pytest.approx((0.7 - 0.54) / 4)
    assert fit.interval[0] < fit.theta < fit.interval[1]
    # Pairs, not similarities, are resampled: each said ten times over tells nothing more.
    assert fit_gate([np.repeat(s, 10) for s in same]).interval == pytest.approx(fit.interval)
    wide = fit_gate(same[::10]).interval
    assert wide[1] - wide[0] > 1.5 * (fit.interval[1] - fit.interval[0])


def test_half_the_captions_show_that_single_ones_put_theta_too_low():
    missed = missed_by_half(list(pairs_of_captions(400, 5, spread=1.0)))
    assert missed["single captions"] < 0.01
    assert missed["prototypes"] == pytest.approx(MISSED, abs=0.04)
    # With two captions a half is a single one, and both rules are exactly right.
    two = missed_by_half(list(pairs_of_captions(400, 2, spread=1.0)))
    assert list(two.values()) == pytest.approx([MISSED, MISSED], abs=0.01)


def test_nothing_to_calibrate_on():
    with pytest.raises(ValueError, match="no changed pair"):
        fit_gate([])
    with pytest.raises(ValueError, match="all alike"):
        fit_gate([np.ones(10), np.ones(10)])
    with pytest.raises(ValueError, match="at least two captions of each changed pair"):
        prototype_similarities(np.ones((1, 4)))


@pytest.fixture
def batches():
    """Six pairs: 0 and 1 alike, 2 near them, all changed; 3 to 5 unchanged, alike."""
    angles = np.radians([0, 0, 30, 90, 90, 90])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return draw_batches(embeddings, np.array([1, 1, 1, 0, 0, 0]), 6, 4)


def test_batches_hold_pairs_without_repetition(batches):
    assert all(sorted(chosen) == list(range(6)) for chosen in batches.pairs)
    assert len({tuple(chosen) for chosen in batches.pairs}) > 1
    flags = np.array([1, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(batches.flags, flags[batches.pairs])


def test_statistics_by_hand(batches):
    found = gate_statistics(SoftPairGate(0.95, 0.001), batches)
    # Of three changed pairs of pairs one is open, of the three unchanged ones all, no other.
    assert found["gated/changed, changed"] == pytest.approx(1 / 3)
    assert found["gated/changed, unchanged"] == 0 and found["gated/unchanged, unchanged"] == 1
    assert found["opening"] == pytest.approx(4 / 15, abs=1e-6)
    assert found["opening/low"] == found["opening/high"] == pytest.approx(4 / 15, abs=1e-6)
    # Pairs 0 and 1 keep four of five negatives, pair 2 all; unchanged ones keep three.
    assert found["negatives/changed"] == pytest.approx((4 + 4 + 5) / 3, abs=1e-6)
    assert found["negatives/unchanged"] == pytest.approx(3, abs=1e-6)


def test_openings_are_the_gates(batches):
    gate = SoftPairGate(0.8, 0.1)
    expected = 1 / (1 + np.exp(-(batches.similarity - 0.8) / 0.1)) * (1 + np.exp(-2))
    np.testing.assert_allclose(openings(gate, batches), expected.clip(max=1), atol=1e-5)


def test_examples_are_changed_and_nearest(batches):
    ((one, other, similarity),) = examples_near(batches, 0.8, 3)
    assert {one, other} in ({0, 2}, {1, 2})  # the third pair is left without a partner
    assert similarity == pytest.approx(np.cos(np.radians(30)))
