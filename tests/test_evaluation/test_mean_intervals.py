"""Intervals of one system's mean, against Welch's and Satterthwaite's equations by hand."""

import numpy as np
import pytest
from scipy.stats import t as student

from mmrsicc.evaluation.scores.statistics import (
    AdditiveScores,
    confidence_intervals,
    mean_intervals,
)

PAIRS = 40


def system(values):
    """A run whose S*m is the mean of one value per pair."""
    return AdditiveScores(
        np.array(values, float)[:, None], lambda sums: {"Sm": sums[..., 0] / PAIRS}
    )


@pytest.fixture
def runs():
    generator = np.random.default_rng(3)
    return [system(generator.normal(centre, 4, PAIRS)) for centre in (50, 53, 51)]


def test_one_run_has_the_bootstrap_interval_over_pairs(runs):
    found = mean_intervals(runs[:1], 3000)["Sm"]
    low, high = confidence_intervals(runs[0], 3000)["Sm"]
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.mean == pytest.approx(runs[0].scores()["Sm"])


def test_several_runs_add_the_variance_of_seeds_to_that_of_pairs(runs):
    found = mean_intervals(runs, 4000)["Sm"]
    means = [run.scores()["Sm"] for run in runs]
    of_seeds = np.var(means, ddof=1) / 3
    # The bootstrap's variance of a mean over pairs is known without drawing.
    of_pairs = np.mean([run.statistics for run in runs], axis=0).var() / PAIRS
    variance = of_seeds + of_pairs
    freedom = variance**2 / (of_seeds**2 / 2 + of_pairs**2 / (PAIRS - 1))
    half = student.ppf(0.975, freedom) * variance**0.5
    assert found.mean == pytest.approx(np.mean(means))
    assert found.high - found.mean == pytest.approx(half, rel=0.03)
    assert found.mean - found.low == pytest.approx(half, rel=0.03)


def test_of_a_single_pair_only_the_seeds_vary():
    values = (50.0, 53.0, 51.0)
    one_pair = [AdditiveScores(np.array([[v]]), lambda sums: {"Sm": sums[..., 0]}) for v in values]
    found = mean_intervals(one_pair, 100)["Sm"]
    half = student.ppf(0.975, 2) * (np.var(values, ddof=1) / 3) ** 0.5
    assert (found.low, found.high) == pytest.approx((154 / 3 - half, 154 / 3 + half))


def test_joined_scores_are_those_of_both(runs):
    both = runs[0].joined(runs[1], "truth/")
    assert both.scores() == {"Sm": runs[0].scores()["Sm"], "truth/Sm": runs[1].scores()["Sm"]}
