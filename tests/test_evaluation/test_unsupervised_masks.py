"""Masks of methods without labels, scored, and the threshold that is chosen on other pairs."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from mmrsicc.change_maps import CVA, PCAKMeans
from mmrsicc.evaluation.baselines.unsupervised_masks import (
    best_thresholds,
    highest_f1,
    images_with_masks,
    methods_table,
    score_masks,
)
from mmrsicc.structures import IGNORED, ChangeDataSample


def dataset(shift, size=(21, 21)):
    """A pair whose upper third is brighter by 100 and another third by ``shift``."""
    before = torch.full((3, *size), 50, dtype=torch.uint8)
    after, mask = before.clone(), torch.zeros(size, dtype=torch.uint8)
    after[:, :7] += 100
    after[:, 7:14] += shift
    mask[:7] = 1
    sample = ChangeDataSample(metainfo={"pair_id": "a"}, gt_mask=mask)
    return [{"inputs": (before, after), "data_samples": sample}]


def test_the_highest_f1_is_that_of_all_thresholds_tried():
    rng = np.random.default_rng(0)
    changed = rng.random(300) < 0.2
    scores = (rng.normal(size=300) + 1.5 * changed).round(1)  # With ties.
    scores = scores.astype(np.float32)
    tried = [f1_score(changed, scores > t) for t in [-np.inf, *np.unique(scores)]]
    chosen = highest_f1(scores, changed)
    assert f1_score(changed, scores > chosen) == pytest.approx(max(tried))
    assert highest_f1(np.ones(3), np.array([True, False, True])) == -np.inf
    with pytest.raises(ValueError, match="no pixel is changed"):
        highest_f1(scores, np.zeros(300, bool))


def test_the_fixed_threshold_is_one_of_other_pairs():
    """On 150 pixels of difference 100, 150 of 20; here the second third differs by 60, too."""
    choice, test = dataset(20), dataset(60)
    methods = {"cva": CVA(), "pca-kmeans": PCAKMeans()}
    threshold = best_thresholds(methods, choice)["cva"]
    assert 20 * 3**0.5 <= threshold < 100 * 3**0.5
    both = score_masks(methods, test, choice)
    found = both["cva"]
    assert found["fixed"] == threshold
    assert found["scores"]["fixed"]["mask/F1"] == pytest.approx(100 * 2 / 3)
    # Otsu, which looks at this pair alone, puts 60 to 100, too; pixel for pixel as the metric says.
    assert found["scores"]["otsu"]["mask/precision"] == pytest.approx(50)
    assert set(found["scores"]) == {"otsu", "kmeans", "ki", "fixed"}
    assert "own" in both["pca-kmeans"]["scores"]


def test_pixels_that_do_not_count_choose_nothing():
    choice = dataset(20)
    mask = choice[0]["data_samples"].gt_mask
    mask[14:] = 1  # Changed without a trace, but for:
    with_trap = best_thresholds({"cva": CVA()}, choice)["cva"]
    mask[14:] = IGNORED
    assert best_thresholds({"cva": CVA()}, choice)["cva"] == pytest.approx(20 * 3**0.5)
    assert with_trap == -np.inf


def test_a_pair_without_a_mask_is_named():
    item = {"inputs": (), "data_samples": ChangeDataSample(metainfo={"pair_id": "x"})}
    with pytest.raises(ValueError, match="pair 'x' has no mask"):
        next(images_with_masks([item]))


def test_the_table_by_hand():
    values = {
        f"mask/{k}": v
        for k, v in zip(("F1", "precision", "recall", "IoU"), (1, 2, 3, 4), strict=True)
    }
    other = {**values, "mask/F1": float("nan")}
    scores = {"otsu": values, "kmeans": other, "ki": values, "fixed": values}
    methods = {"cva": {"scores": scores}, "irmad": {"scores": scores}}
    lines = methods_table([{"data": "mine", "methods": methods}]).splitlines()
    assert lines[0].startswith(
        "| data | method | F1, otsu | F1, kmeans | F1, ki | F1, fixed | prec"
    )
    assert lines[2] == "| mine | cva | 1.00 | - | 1.00 | 1.00 | 2.00 | 3.00 | 4.00 |"
    assert lines[3].startswith("|  | irmad | 1.00 |")
