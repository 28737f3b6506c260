"""Distances between samples, against direct computation, closed forms and known truths."""

import numpy as np
import pytest

from mmrsicc.research.alignment import shift
from mmrsicc.research.alignment.distances import (
    coral,
    frechet,
    mean_angle,
    proxy_a_distance,
    uncovered,
)
from mmrsicc.research.alignment.mmd import WIDTHS, permutation_p, unbiased_mmd
from mmrsicc.research.alignment.shift import MEASURES, measure_shift


def sample(seed, n, d=5, mean=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(mean, scale, (n, d))


def test_mmd_equals_its_double_loop():
    x, y = sample(0, 7, 3), sample(1, 9, 3, mean=0.5)
    points = [*x, *y]
    distances = [((a - b) ** 2).sum() for i, a in enumerate(points) for b in points[:i]]
    median = np.median(distances)

    def k(a, b):
        return sum(np.exp(-((a - b) ** 2).sum() / (2 * m * median)) for m in WIDTHS)

    within_x = sum(k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / (7 * 6)
    within_y = sum(k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / (9 * 8)
    between = sum(k(a, b) for a in x for b in y) / (7 * 9)
    assert unbiased_mmd(x, y) == pytest.approx(within_x + within_y - 2 * between, abs=1e-12)


def test_mmd_of_one_distribution_is_zero_on_average():
    values = [unbiased_mmd(sample(2 * s, 20), sample(2 * s + 1, 20)) for s in range(200)]
    error = np.std(values) / len(values) ** 0.5
    assert abs(np.mean(values)) < 3 * error and min(values) < 0 < max(values)


def test_the_permutation_test_errs_as_often_as_it_says():
    ps = [
        permutation_p(sample(3000 + s, 15), sample(6000 + s, 20), permutations=99, seed=s)
        for s in range(400)
    ]
    # Within three standard errors of the level, for a test at 5 % and at 20 %.
    for level in (0.05, 0.2):
        error = (level * (1 - level) / len(ps)) ** 0.5
        assert abs(np.mean(np.array(ps) <= level) - level) < 3 * error
    assert permutation_p(sample(0, 30), sample(1, 30, mean=1), permutations=99) == 0.01


def test_frechet_of_normal_samples_is_the_closed_form():
    x, y = sample(0, 40_000, 3), sample(1, 40_000, 3, mean=2.0, scale=3.0)
    # |mean difference|^2 + sum of (deviation difference)^2, for diagonal covariances.
    assert frechet(x, y) == pytest.approx(3 * 2**2 + 3 * (3 - 1) ** 2, rel=0.02)
    assert frechet(x, x) == pytest.approx(0, abs=1e-9)


def test_the_classifier_tells_only_what_differs():
    same = [proxy_a_distance(sample(s, 60), sample(100 + s, 60)) for s in range(10)]
    assert abs(np.mean(same)) < 0.2
    assert proxy_a_distance(sample(0, 60), sample(1, 60, mean=5)) == 2


def test_moments_by_hand():
    x, y = np.array([[1.0, 0], [3, 0]]), np.array([[0.0, 2], [0, 4]])
    assert mean_angle(x, y) == pytest.approx(1)
    assert mean_angle(x, 2 * x) == pytest.approx(0)
    # Covariances diag(2, 0) and diag(0, 2): (4 + 4) / (4 * 4).
    assert coral(x, y) == pytest.approx(0.5)


def test_coverage_by_hand():
    target = np.arange(6.0)[:, None]  # Radius 5 at both ends, 4 and 3 further in.
    assert uncovered(np.array([[-3.5]]), target) == pytest.approx(5 / 6)
    assert uncovered(target, target) == 0
    assert uncovered(np.array([[100.0]]), target) == 1


def test_one_distribution_is_about_what_chance_reaches():
    shift = measure_shift(sample(0, 160, 8), sample(1, 80, 8), rounds=8, permutations=99)
    assert shift.p > 0.05 and shift.pairs == 80
    assert set(shift.distances) == set(MEASURES)
    assert all(distance.ratio < 2 for distance in shift.distances.values())


def test_skewed_features_of_one_distribution_are_seldom_called_shifted(monkeypatch):
    """In units of the source's deviations alone, 14 of these 40 would be."""
    monkeypatch.setattr(shift, "MEASURES", {"MMD": MEASURES["MMD"]})
    found = []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        source, target = (generator.exponential(size=(n, 256)) for n in (59, 40))
        found.append(measure_shift(source, target, rounds=1, permutations=99))
    assert sum(some.p <= 0.05 for some in found) <= 5
    # Halves of the source are on the same footing.
    distances = [some.distances["MMD"] for some in found]
    assert abs(np.mean([d.value - d.null for d in distances])) < 0.005


@pytest.mark.parametrize("change", [{"mean": 1.5}, {"scale": 2.5}])
def test_a_shift_by_construction_shows_in_every_measure_it_can(change):
    shift = measure_shift(
        sample(0, 160, 8, mean=1), sample(1, 80, 8, **change), rounds=6, permutations=99
    )
    assert shift.p == 0.01
    blind = {"mean angle"} if "mean" in change else {"proxy A", "mean angle"}
    if "mean" in change:
        blind |= {"CORAL", "uncovered"}
    for name, distance in shift.distances.items():
        assert name in blind or distance.ratio > 1.5, name


def test_a_larger_shift_is_farther():
    ratios = [
        measure_shift(sample(0, 60), sample(1, 30, mean=m), rounds=4, permutations=9)
        .distances["MMD"]
        .ratio
        for m in (0.5, 1.0, 2.0)
    ]
    assert ratios == sorted(ratios) and ratios[0] > 1


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="19 source and 50 target pairs are too few"):
        measure_shift(sample(0, 19), sample(1, 50))
