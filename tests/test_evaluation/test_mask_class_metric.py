"""Masks with several classes, against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from sklearn.metrics import accuracy_score, cohen_kappa_score, jaccard_score

from mmrsicc.evaluation.mask_class_metric import ClassConfusion
from mmrsicc.registry import METRICS
from mmrsicc.structures import ChangeDataSample

NAMES = ("unchanged", "road", "building")


def evaluate(masks):
    evaluator = Evaluator(METRICS.build({"type": "MaskClassMetric", "names": NAMES}))
    for pair_id, (predicted, annotated) in masks.items():
        sample = ChangeDataSample(metainfo={"pair_id": pair_id})
        sample.set_data({"pred_mask": predicted, "gt_mask": annotated})
        evaluator.process([sample])
    return evaluator.evaluate(len(masks))


def reference(predicted, annotated):
    ious = jaccard_score(annotated, predicted, average=None, labels=[0, 1, 2])
    scores = {f"classes/IoU_{name}": 100 * iou for name, iou in zip(NAMES, ious, strict=True)}
    return {
        **scores,
        "classes/mIoU": 100 * ious.mean(),
        "classes/OA": 100 * accuracy_score(annotated, predicted),
        "classes/kappa": 100 * cohen_kappa_score(annotated, predicted),
    }


def random_masks():
    rng = np.random.default_rng(0)
    masks = {}
    for pair, shape in enumerate([(7, 5), (16, 16), (3, 40)]):
        annotated = rng.integers(0, 3, shape)
        other = rng.integers(0, 3, shape)
        predicted = np.where(rng.random(shape) < 0.4, other, annotated)
        masks[f"p{pair}"] = tuple(
            torch.from_numpy(m.astype(np.uint8)) for m in (predicted, annotated)
        )
    return masks


def flat(masks):
    return [torch.cat([m[i].flatten() for m in masks.values()]).numpy() for i in (0, 1)]


def test_equals_scikit_learn_over_all_pixels():
    masks = random_masks()
    assert evaluate(masks) == pytest.approx(reference(*flat(masks)))


def test_kappa_of_more_pixels_than_integers_can_multiply():
    metric = METRICS.build({"type": "MaskClassMetric", "names": NAMES[:2]})
    few = metric.compute_metrics([ClassConfusion("p", ((6, 1), (1, 2)))])
    many = metric.compute_metrics([ClassConfusion("p", ((6 * 10**9, 10**9), (10**9, 2 * 10**9)))])
    assert many == pytest.approx(few)


def test_an_empty_test_set_is_named():
    with pytest.raises(ValueError, match="no pair to compare"):
        evaluate({})


def test_pixels_of_255_are_not_counted():
    masks = random_masks()
    expected = evaluate(masks)
    predicted, annotated = masks["p0"]
    masks["p0"] = (
        torch.cat([predicted, torch.ones_like(predicted)]),
        torch.cat([annotated, torch.full_like(annotated, 255)]),
    )
    assert evaluate(masks) == pytest.approx(expected)


def test_what_does_not_occur_is_nan():
    empty = torch.zeros(2, 3, dtype=torch.uint8)
    scores = evaluate({"p": (empty, empty)})
    undefined = {name for name, value in scores.items() if math.isnan(value)}
    assert undefined == {"classes/IoU_road", "classes/IoU_building", "classes/kappa"}
    assert scores["classes/mIoU"] == scores["classes/OA"] == scores["classes/IoU_unchanged"] == 100
    unknown = torch.full_like(empty, 255)
    assert all(math.isnan(value) for value in evaluate({"p": (empty, unknown)}).values())


def test_wrong_masks_are_named():
    metric = METRICS.build({"type": "MaskClassMetric", "names": NAMES})
    zeros = torch.zeros(2, 2, dtype=torch.uint8)
    sample = {"pair_id": "p", "pred_mask": zeros, "gt_mask": zeros + 128}
    with pytest.raises(ValueError, match=r"'p': gt_mask has class 128.*mask_classes"):
        metric.process(None, [sample])
    with pytest.raises(ValueError, match=r"gt_mask is \(4, 4\)"):
        metric.process(None, [sample | {"gt_mask": torch.zeros(4, 4)}])
    with pytest.raises(ValueError, match="has no 'pred_mask'"):
        metric.process(None, [{"pair_id": "p", "gt_mask": zeros}])
