"""Pooled features, degradations, probes and curves of a detector that is known in full."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from mmrsicc.alignment import degradation_curves, measure_usefulness, pooled_features
from mmrsicc.alignment.batch_norm import batch_norm_shift
from mmrsicc.alignment.degradations import DEGRADATIONS, misregistered
from mmrsicc.alignment.features import PooledFeatures


def test_rows_are_means_of_the_maps(detector, pair_set):
    pairs = pair_set(5)
    found = pooled_features(detector(), pairs, batch_size=2)
    images = torch.stack(pairs.images).double()
    stage = images.mean((1, 3, 4)).numpy()
    change = (images[:, 1] - images[:, 0]).abs()
    assert list(found.pooled) == ["stage 1", "stage 2", "difference 1", "difference 2"]
    np.testing.assert_allclose(found.pooled["stage 1"], stage, rtol=1e-5)
    np.testing.assert_allclose(found.pooled["stage 2"], stage, rtol=1e-5)
    np.testing.assert_allclose(found.pooled["difference 1"], change.mean((2, 3)).numpy(), rtol=1e-5)
    assert found.probe.shape == (5, 2 * 3 + 2 * 3)
    np.testing.assert_allclose(found.probe[:, 3:6], change.amax((2, 3)).numpy(), rtol=1e-5)
    brighter = ((images[:, 1] - images[:, 0]).mean(1) > 20).double().mean((1, 2))
    np.testing.assert_allclose(found.areas, brighter.numpy(), atol=1e-6)


def test_a_detector_without_differences_or_logits_is_served(detector, pair_set):
    pairs = pair_set(4)
    whole, bare = (pooled_features(detector(k, k), pairs) for k in (True, False))
    np.testing.assert_array_equal(whole.probe, bare.probe)
    assert bare.areas is None


def test_use_is_that_of_the_features():
    generator = np.random.default_rng(0)
    flags = np.repeat([0, 1], 60)
    tells = generator.normal(size=(120, 4)) + 4 * flags[:, None]
    noise = generator.normal(size=(120, 4))
    areas = flags + generator.normal(0, 0.1, 120)
    good = measure_usefulness(PooledFeatures({}, tells, areas), flags)
    assert good.probe > 0.99 and good.area == 1
    assert good.probe_interval == pytest.approx((1, 1), abs=0.02)
    bad = measure_usefulness(PooledFeatures({}, noise, None), flags)
    assert 0.35 < bad.probe < 0.65 and bad.area is None
    unknown = measure_usefulness(PooledFeatures({}, tells, areas), np.full(120, -1))
    assert unknown.probe is None and unknown.probe_interval is None


def test_the_interval_is_that_of_drawing_pairs_anew():
    generator = np.random.default_rng(2)
    flags = np.repeat([0, 1], [40, 60])
    weak = generator.normal(size=(100, 1)) + 0.8 * flags[:, None]
    found = measure_usefulness(PooledFeatures({}, weak, weak[:, 0]), flags)
    drawn = []
    for _ in range(300):
        rows = np.concatenate(
            [generator.choice(np.flatnonzero(flags == f), n) for f, n in ((0, 40), (1, 60))]
        )
        drawn.append(roc_auc_score(flags[rows], weak[rows, 0]))
    # One feature: the probe's order is the feature's own, but for the folds.
    assert found.probe_interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.04)


def test_probes_never_see_the_pair_they_judge():
    """With more features than pairs, a probe fitted to all of them would be right on all."""
    generator = np.random.default_rng(1)
    noise, flags = generator.normal(size=(60, 500)), np.arange(60) % 2
    assert measure_usefulness(PooledFeatures({}, noise, None), flags).probe < 0.75


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_the_first_severity_changes_nothing_and_the_last_most(pair_set, name):
    change, severities, _ = DEGRADATIONS[name]
    (pair,) = pair_set(1).images
    kept = pair.clone()
    errors = [(change(pair, s).float() - pair.float()).abs().mean() for s in severities]
    assert errors[0] == 0 and torch.equal(pair, kept)
    assert max(errors) == errors[-1] > 0 or name == "misregistration"
    assert all(change(pair, s).shape == pair.shape for s in severities)
    assert all(change(pair, s).dtype == torch.uint8 for s in severities)


def test_misregistration_moves_the_second_date_alone(pair_set):
    (pair,) = pair_set(1).images
    moved = misregistered(pair, 3)
    assert torch.equal(moved[0], pair[0])
    assert torch.equal(moved[1, ..., 3:], pair[1, ..., :-3])


def test_curves_start_where_nothing_is_degraded(detector, pair_set):
    source, target = pair_set(12, 0, name="source"), pair_set(12, 1, 140, name="target")
    curves = degradation_curves(detector(), source, [source, target])
    assert [(c.degradation, c.pairs) for c in curves] == [
        (name, pairs) for name in DEGRADATIONS for pairs in ("source", "target")
    ]
    for side in ("source", "target"):
        starts = {(c.mmd[0], c.probe[0], c.area[0]) for c in curves if c.pairs == side}
        assert len(starts) == 1
    by_name = {c.degradation: c for c in curves if c.pairs == "source"}
    assert by_name["light"].area[-1] < by_name["light"].area[0]
    assert by_name["light"].mmd[-1] > 10 * abs(by_name["light"].mmd[0])


def test_batch_norm_is_off_by_how_far_its_input_is(detector, pair_set):
    pairs = pair_set(8)
    model = detector()
    images = torch.stack(pairs.images).double()
    model.norm.running_mean.fill_(100.0)
    model.norm.running_var.fill_(25.0)
    expected = ((images.mean((0, 1, 3, 4)) - 100).abs() / 5).mean()
    assert batch_norm_shift(model, pairs) == pytest.approx(float(expected), rel=1e-3)
    # A mean of batches of one size is the mean of all.
    assert batch_norm_shift(model, pairs, batch_size=4) == pytest.approx(float(expected), rel=1e-3)
    assert not model.norm._forward_pre_hooks
