"""Pooled features, degradations, probes and curves of a detector that is known in full."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from mmrsicc.research.alignment import (
    PairSet,
    degradation_curves,
    measure_shift,
    measure_usefulness,
    pooled_features,
    unbiased_mmd,
    verdict,
)
from mmrsicc.research.alignment.batch_norm import batch_norm_shift
from mmrsicc.research.alignment.degradations import DEGRADATIONS, misregistered
from mmrsicc.research.alignment.features import PooledFeatures


def flagged(flags, copies=1):
    """Pairs without images; each file is there so many times."""
    return PairSet("pairs", [], np.tile(flags, copies), np.tile(np.arange(len(flags)), copies))


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
    good = measure_usefulness(PooledFeatures({}, tells, areas), flagged(flags))
    assert good.probe > 0.99 and good.area == 1
    assert good.probe_interval == pytest.approx((1, 1), abs=0.02)
    bad = measure_usefulness(PooledFeatures({}, noise, None), flagged(flags))
    assert 0.35 < bad.probe < 0.65 and bad.area is None
    # The flag is unknown, or known of unchanged pairs from four files only.
    few = PairSet("pairs", [], flags, np.arange(120) % 60 // (15 - 14 * flags))
    for pairs in (flagged(np.full(120, -1)), few):
        unknown = measure_usefulness(PooledFeatures({}, tells, areas), pairs)
        assert unknown.probe is None and unknown.probe_interval is None


@pytest.mark.parametrize("copies", [1, 4])
def test_the_interval_is_that_of_drawing_files_anew(copies):
    generator = np.random.default_rng(2)
    flags = np.repeat([0, 1], [40, 60])
    weak = generator.normal(size=(100, 1)) + 0.8 * flags[:, None]
    scores = np.tile(weak, (copies, 1))
    found = measure_usefulness(PooledFeatures({}, scores, None), flagged(flags, copies))
    drawn = []
    for _ in range(300):
        rows = np.concatenate(
            [generator.choice(np.flatnonzero(flags == f), n) for f, n in ((0, 40), (1, 60))]
        )
        drawn.append(roc_auc_score(flags[rows], weak[rows, 0]))
    # One feature: the probe's order is the feature's own, but for the folds.
    assert found.probe_interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.03)


def test_probes_never_see_the_pair_they_judge():
    """With more features than pairs, a probe fitted to all of them would be right on all."""
    generator = np.random.default_rng(1)
    noise, flags = generator.normal(size=(60, 500)), np.arange(60) % 2
    assert measure_usefulness(PooledFeatures({}, noise, None), flagged(flags)).probe < 0.75


def test_probes_never_see_the_file_they_judge():
    """Features name the file and nothing else: a probe that saw it would know the flag."""
    names = np.random.default_rng(3).normal(size=(60, 30))
    features = PooledFeatures({}, np.tile(names, (4, 1)), None)
    assert 0.3 < measure_usefulness(features, flagged(np.arange(60) % 2, copies=4)).probe < 0.7


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_the_first_severity_changes_nothing_and_the_last_most(pair_set, name):
    change, severities, _ = DEGRADATIONS[name]
    (pair,) = pair_set(1).images
    kept = pair.clone()
    errors = [(change(pair, s).float() - pair.float()).abs().mean() for s in severities]
    assert errors[0] == 0 and torch.equal(pair, kept)
    assert max(errors) == errors[-1] > 0 or name == "misregistration"
    for given in (pair, pair[..., :8, :5]):
        changed = [change(given, s) for s in severities]
        assert {(some.shape, some.dtype) for some in changed} == {(given.shape, torch.uint8)}


def test_misregistration_moves_the_second_date_alone(pair_set):
    (pair,) = pair_set(1).images
    moved = misregistered(pair, 3)
    assert torch.equal(moved[0], pair[0])
    assert torch.equal(moved[1, ..., 3:], pair[1, ..., :-3])
    assert torch.equal(moved[1, ..., :3], pair[1, ..., :1].expand(-1, -1, 3))


def test_curves_start_where_nothing_is_degraded(detector, pair_set):
    source, target = pair_set(25, 0, name="source"), pair_set(20, 1, 140, name="target")
    model, seen = detector(), set()
    model.norm.register_forward_pre_hook(lambda _, given: seen.add(len(given[0]) // 2))
    curves = degradation_curves(model, source, target, count=12, batch_size=4)
    assert seen == {4}
    assert [(c.degradation, c.pairs) for c in curves] == [
        (name, pairs) for name in DEGRADATIONS for pairs in ("source", "target")
    ]
    for side in ("source", "target"):
        starts = {(c.mmd[0], c.probe[0], c.area[0]) for c in curves if c.pairs == side}
        assert len(starts) == 1
    # Of the source, pairs that distances are from have no curve of their own.
    parts = (source.part(0, 12), source.part(12, 24), target.part(0, 12))
    clean = [pooled_features(model, pairs).pooled for pairs in parts]
    rows = [np.hstack([pooled[f"difference {k}"] for k in (1, 2)]) for pooled in clean]
    spread = np.vstack(rows).std(axis=0)
    expected = [unbiased_mmd(rows[0] / spread, row / spread) for row in rows[1:]]
    assert [curve.mmd[0] for curve in curves[:2]] == pytest.approx(expected)
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
    # Batches of 7 and 1 pair: the last one does not count for more than its pair.
    pairs.images[-1].fill_(250)
    whole, parts = (batch_norm_shift(model, pairs, batch_size) for batch_size in (8, 7))
    assert parts == pytest.approx(whole, rel=1e-5)
    assert not model.norm._forward_pre_hooks


@pytest.mark.parametrize(("level", "word"), [(100, "aligned"), (110, "shifted but useful")])
def test_what_is_known_of_the_images_is_found_through_the_detector(detector, pair_set, level, word):
    source, target = pair_set(60), pair_set(40, seed=1, level=level)
    ours, theirs = (pooled_features(detector(), pairs) for pairs in (source, target))
    shifts = {
        kind: measure_shift(ours.pooled[kind], theirs.pooled[kind], rounds=2, permutations=99)
        for kind in ours.pooled
    }
    assert verdict(shifts, measure_usefulness(theirs, target))[0] == word
    # The images' level shows in what is seen, not in what differs.
    assert all(shifts[f"difference {k}"].p > 0.05 for k in (1, 2))
