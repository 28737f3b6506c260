import itertools

import numpy as np
import pytest
from scipy import stats

from mmrsicc.evaluation.scores.statistics import (
    AdditiveScores,
    compare_systems,
    confidence_intervals,
)


def _mean(values) -> AdditiveScores:
    """A score that is the mean of one value per pair."""
    table = np.column_stack([values, np.ones(len(values))])
    return AdditiveScores(table, lambda sums: {"mean": sums[..., 0] / sums[..., 1]})


def _ratio(hits, tries) -> AdditiveScores:
    """A score that is no mean: a ratio of sums, as precisions are."""
    table = np.column_stack([hits, tries]).astype(float)
    return AdditiveScores(table, lambda sums: {"ratio": sums[..., 0] / sums[..., 1]})


def test_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(3, 2, 400)
    low, high = confidence_intervals(_mean(values))["mean"]
    error = values.std() / np.sqrt(len(values))
    expected = stats.norm.interval(0.95, values.mean(), error)
    assert (low, high) == pytest.approx(expected, abs=0.06 * error)
    narrow = confidence_intervals(_mean(values), level=0.5)["mean"]
    assert narrow == pytest.approx(stats.norm.interval(0.5, values.mean(), error), abs=0.06 * error)


def test_interval_of_a_ratio_is_scipys():
    generator = np.random.default_rng(1)
    tries = generator.integers(5, 20, 80)
    hits = generator.binomial(tries, 0.3)
    ours = confidence_intervals(_ratio(hits, tries))["ratio"]
    theirs = stats.bootstrap(
        (hits, tries),
        lambda h, t, axis: h.sum(axis) / t.sum(axis),
        paired=True,
        method="percentile",
        n_resamples=10_000,
        vectorized=True,
        rng=0,
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_randomisation_is_the_exact_permutation_test():
    generator = np.random.default_rng(2)
    a, b = generator.normal(0.5, 1, 10), generator.normal(0, 1, 10)
    p = compare_systems([_mean(a)], [_mean(b)], resamples=40_000)["mean"].p_randomisation
    observed = abs((a - b).mean())
    signs = np.array(list(itertools.product([1, -1], repeat=10)))
    exact = np.mean(np.abs(signs @ (a - b)) / 10 >= observed - 1e-12)
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact / 40_000))


def test_randomisation_of_a_ratio_is_scipys():
    generator = np.random.default_rng(3)
    hits, tries = generator.integers(0, 5, (2, 9)), generator.integers(5, 10, (2, 9))
    a, b = (_ratio(h, t) for h, t in zip(hits, tries, strict=True))
    p = compare_systems([a], [b], resamples=40_000)["ratio"].p_randomisation

    def difference(first, second, axis):
        assert axis == -1
        first, second = (x.reshape(*x.shape[:-1], 9) for x in (first, second))
        (h1, t1), (h2, t2) = (np.divmod(x, 100) for x in (first, second))
        return abs(h1.sum(-1) / t1.sum(-1) - h2.sum(-1) / t2.sum(-1))

    packed = [100 * h + t for h, t in zip(hits, tries, strict=True)]
    exact = stats.permutation_test(
        packed,
        difference,
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        vectorized=True,
    ).pvalue
    assert p == pytest.approx(exact, abs=0.01)


def test_a_system_against_itself():
    values = np.random.default_rng(4).normal(size=50)
    result = compare_systems([_mean(values)], [_mean(values)])["mean"]
    assert (result.difference, result.low, result.high) == (0, 0, 0)
    assert result.p_interval == 1 and result.p_randomisation == 1


def test_false_alarms_are_as_rare_as_promised():
    """Two systems whose sentences could be exchanged: p < 0.1 in about one case of ten."""
    generator = np.random.default_rng(5)
    alarms = {"bootstrap": 0, "randomisation": 0}
    outside, trials = 0, 400
    for _ in range(trials):
        # What both find easy, and a skewed share of their own.
        a, b = generator.normal(size=120) + generator.gamma(1, 2, (2, 120))
        result = compare_systems([_mean(a)], [_mean(b)], resamples=400, level=0.9)["mean"]
        alarms["bootstrap"] += result.p_interval < 0.1
        alarms["randomisation"] += result.p_randomisation < 0.1
        outside += not result.low <= 0 <= result.high
    # Standard deviation of a share of 0.1 in 400 trials: 0.015.
    for name, count in (*alarms.items(), ("interval", outside)):
        assert 0.055 < count / trials < 0.145, name


def test_a_clear_difference_is_found():
    generator = np.random.default_rng(6)
    a = generator.normal(size=300)
    result = compare_systems([_mean(a + 0.2)], [_mean(a + generator.normal(0, 0.5, 300))])["mean"]
    assert result.low > 0 and result.p_interval < 0.001 and result.p_randomisation < 0.001
    assert result.low < result.difference < result.high


def test_seeds_that_differ_widen_the_interval():
    generator = np.random.default_rng(7)
    shared = generator.normal(size=200)
    runs = [_mean(shared + shift + generator.normal(0, 0.1, 200)) for shift in (-0.5, 0, 0.5)]
    other = [_mean(shared + 0.3), _mean(shared + 0.3)]
    one = compare_systems(runs[1:2], other[:1])["mean"]
    three = compare_systems(runs, other)["mean"]
    assert three.high - three.low > 5 * (one.high - one.low)
    assert one.high < 0 < three.high
    assert len(three.a) == 3 and three.p_randomisation is None and three.p == three.p_interval
    assert three.difference == pytest.approx(np.mean(three.a) - np.mean(three.b))


def test_intervals_over_few_seeds_hold_the_truth_as_often_as_promised():
    """Equal systems, three seeds each that matter more than the pairs."""
    generator = np.random.default_rng(9)
    outside, trials = 0, 400
    for _ in range(trials):
        shared = generator.normal(size=60)
        a, b = ([_mean(shared + s) for s in generator.normal(0, 0.5, 3)] for _ in range(2))
        result = compare_systems(a, b, resamples=100)["mean"]
        outside += not result.low <= 0 <= result.high
    # Standard deviation of a share of 0.05 in 400 trials: 0.011.
    assert 0.015 < outside / trials < 0.085


def test_several_runs_give_welchs_test_where_pairs_do_not_matter():
    generator = np.random.default_rng(10)
    scores_a, scores_b = generator.normal(0, 1, 4), generator.normal(1, 2, 3)
    a, b = ([_mean(np.full(50, s)) for s in side] for side in (scores_a, scores_b))
    got = compare_systems(a, b, resamples=50)["mean"]
    welch = stats.ttest_ind(scores_a, scores_b, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert got.p == pytest.approx(welch.pvalue)
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high))


def test_the_seed_fixes_everything():
    generator = np.random.default_rng(8)
    a, b = _mean(generator.normal(size=40)), _mean(generator.normal(size=40))
    first, again = (compare_systems([a], [b], resamples=700, seed=3) for _ in range(2))
    assert first == again
    assert first != compare_systems([a], [b], resamples=700, seed=4)
