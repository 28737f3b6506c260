import math

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, precision_score, recall_score

from mmrsicc.registry import METRICS
from mmrsicc.structures import IGNORED, ChangeDataSample


def _evaluate(masks: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> dict:
    evaluator = Evaluator(METRICS.build({"type": "ChangeMaskMetric"}))
    for pair_id, (predicted, annotated) in masks.items():
        sample = ChangeDataSample(metainfo={"pair_id": pair_id})
        sample.set_data({"pred_mask": predicted, "gt_mask": annotated})
        evaluator.process([sample])
    return evaluator.evaluate(len(masks))


def _reference(predicted, annotated) -> dict:
    ratios = {
        "mask/precision": precision_score,
        "mask/recall": recall_score,
        "mask/F1": f1_score,
        "mask/IoU": jaccard_score,
    }
    scores = {
        name: 100
        * ratio(annotated, predicted, zero_division=np.nan if ratio is not jaccard_score else 0)
        for name, ratio in ratios.items()
    }
    return scores | {"mask/OA": 100 * accuracy_score(annotated, predicted)}


def test_equals_scikit_learn_over_all_pixels_of_pairs_of_several_sizes():
    generator = torch.Generator().manual_seed(0)
    masks = {}
    for pair, (size, share) in enumerate([((7, 5), 0.1), ((16, 16), 0.5), ((3, 40), 0.9)]):
        annotated = (torch.rand(size, generator=generator) < share).to(torch.uint8)
        flipped = (torch.rand(size, generator=generator) < 0.3).to(torch.uint8)
        masks[f"p{pair}"] = (annotated ^ flipped, annotated)
    predicted = torch.cat([p.flatten() for p, _ in masks.values()]).numpy()
    annotated = torch.cat([a.flatten() for _, a in masks.values()]).numpy()
    assert _evaluate(masks) == pytest.approx(_reference(predicted, annotated))


@pytest.mark.parametrize(
    ("predicted", "annotated", "undefined"),
    [
        (0, 0, {"mask/precision", "mask/recall", "mask/F1", "mask/IoU"}),
        (0, 1, {"mask/precision"}),
        (1, 0, {"mask/recall"}),
        (1, 1, set()),
    ],
)
def test_ratio_without_denominator_is_nan(predicted, annotated, undefined):
    size = (2, 3)
    masks = (
        torch.full(size, predicted, dtype=torch.uint8),
        torch.full(size, annotated, dtype=torch.uint8),
    )
    results = _evaluate({"p": masks})
    assert {name for name, value in results.items() if math.isnan(value)} == undefined
    reference = _reference(masks[0].flatten().numpy(), masks[1].flatten().numpy())
    defined = [name for name in results if name not in undefined]
    assert [results[name] for name in defined] == [reference[name] for name in defined]


def test_ignored_pixels_do_not_count_and_every_class_is_changed():
    annotated = torch.tensor([[0, 0, 1, 2, IGNORED, IGNORED]], dtype=torch.uint8)
    predicted = torch.tensor([[0, 2, 2, 0, 1, 0]], dtype=torch.uint8)
    known = annotated != IGNORED
    reference = _reference((predicted[known] > 0).numpy(), (annotated[known] > 0).numpy())
    assert _evaluate({"p": (predicted, annotated)}) == pytest.approx(reference)


def test_shapes_must_match():
    with pytest.raises(ValueError, match=r"'p': pred_mask is \(2, 2\), gt_mask is \(4, 4\)"):
        _evaluate({"p": (torch.zeros(2, 2), torch.zeros(4, 4))})


@pytest.mark.parametrize("key", ["pred_mask", "gt_mask"])
def test_missing_mask_is_named(key):
    sample = {"pair_id": "p", "pred_mask": torch.zeros(2, 2), "gt_mask": torch.zeros(2, 2)}
    del sample[key]
    with pytest.raises(ValueError, match=f"'p' has no '{key}'"):
        METRICS.build({"type": "ChangeMaskMetric"}).process(None, [sample])
