"""Calibration of the change decision: the fit by its defining equations."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mmrsicc.models.captioners.change_decision import ChangeDecision
from mmrsicc.research.change_calibration import (
    FlagEvidence,
    cross_validated_accuracy,
    fit_decision,
)


def drawn(pairs=400, has_mask=True, noise=1.0):
    """Pairs whose flags follow a logistic rule with bias 1, weights 0.5 and 2."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(pairs, 2)) * has_mask
    if not has_mask:
        features[:, 0] = generator.normal(size=pairs)
    odds = (1 + features @ [0.5, 2.0]) / noise
    chances = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    flags = generator.random(pairs) < chances
    columns, told = torch.from_numpy(features), torch.from_numpy(flags)
    return FlagEvidence(columns, told, told, torch.ones(pairs, dtype=torch.bool), has_mask)


def test_the_fit_meets_the_equations_of_ridge_logistic_regression():
    found = drawn()
    rule = fit_decision(found)
    weights = np.array([rule["speaker"], rule["mask"]])
    x, y = found.features.numpy(), found.flags.numpy().astype(float)
    residuals = y - 1 / (1 + np.exp(-(rule["bias"] + x @ weights)))
    assert abs(residuals.sum()) < 0.02
    np.testing.assert_allclose(x.T @ residuals, weights, atol=0.02)  # Rounded to four places.
    assert weights[1] > 2 * weights[0] > 0


def test_scikit_learn_finds_the_same():
    learners = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")
    found = drawn()
    fitted = learners.LogisticRegression(C=1.0, tol=1e-8).fit(found.features, found.flags)
    rule = fit_decision(found)
    assert [rule["bias"], rule["speaker"], rule["mask"]] == pytest.approx(
        [*fitted.intercept_, *fitted.coef_[0]], abs=1e-3
    )


def test_without_a_mask_only_the_speaker_counts():
    rule = fit_decision(drawn(has_mask=False))
    assert rule.keys() == {"bias", "speaker"}
    ChangeDecision(**rule)(torch.tensor([0.5]))


def test_held_out_pairs_are_not_learned():
    found = drawn(60)
    rng = np.random.default_rng(1)
    random = FlagEvidence(
        torch.from_numpy(rng.normal(size=(60, 2))),
        torch.from_numpy(rng.random(60) < 0.5),
        found.said,
        found.can_say,
        True,
    )
    assert cross_validated_accuracy(random) < 0.65 < cross_validated_accuracy(found)


def test_separable_pairs_give_finite_weights():
    found = drawn(noise=1e-6)
    assert all(abs(value) < 100 for value in fit_decision(found).values())
    assert cross_validated_accuracy(found) > 0.95


def test_one_kind_of_pairs_is_refused():
    found = drawn(10)
    ones = replace(found, flags=torch.ones(10, dtype=torch.bool))
    with pytest.raises(ValueError, match="both kinds"):
        fit_decision(ones)


def test_a_change_that_no_sentence_describes_is_not_said():
    """As of a greedy search that says of all pairs that nothing changed."""
    found = drawn(200, noise=1e-6)
    silent = replace(found, said=found.flags & False, can_say=found.flags & False)
    assert cross_validated_accuracy(silent) == float((~found.flags).double().mean())
