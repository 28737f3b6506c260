"""One meaning of a mask, from the file through losses, metrics, tokens and pictures."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmrsicc.datasets import ChangeDetectionDataset
from mmrsicc.evaluation import ChangeMaskMetric
from mmrsicc.models.change_detectors import stack_masks
from mmrsicc.models.layers import TokenMask
from mmrsicc.models.losses.masks import BCELoss, DiceLoss, FocalLoss, LovaszLoss
from mmrsicc.structures import IGNORED, DifferenceFeatures, is_changed
from mmrsicc.visualization.overlay import area

SIDE = 32
#: Unchanged above, changed at the lower left, not counted at the lower right.
TRUTH = np.zeros((SIDE, SIDE), np.uint8)
TRUTH[16:, :16], TRUTH[16:, 16:] = 1, IGNORED
WHITE = np.where(TRUTH == 1, 255, 0).astype(np.uint8)


def dataset(root, mask, **options):
    """A data set of one pair, through the default pipeline."""
    for folder in ("A", "B"):
        (root / folder).mkdir(parents=True)
        Image.new("RGB", (SIDE, SIDE)).save(root / folder / "p.png")
    (root / "label").mkdir()
    Image.fromarray(mask).save(root / "label" / "p.png")
    steps = [{"type": "LoadPair"}, {"type": "PackChangeInputs"}]
    return ChangeDetectionDataset(str(root), "test", pipeline=steps, **options)


def logits_of(mask):
    """Certain logits (1, 2, H, W) of a mask of 0 and 1."""
    mask = torch.from_numpy(mask).float()[None]
    return 20 * torch.stack([0.5 - mask, mask - 0.5], dim=1)


@pytest.mark.parametrize(
    ("mask", "options"),
    [
        (WHITE, {}),
        (WHITE // 255, {}),
        (TRUTH, {"metainfo": {"mask_classes": {1: "changed"}}}),
        (np.where(TRUTH == 1, 128, 0).astype(np.uint8), {"metainfo": {"mask_classes": {128: "x"}}}),
    ],
    ids=["0 and 255", "0 and 1", "0, 1 and 255 ignored", "declared"],
)
def test_every_part_sees_the_same_changed_pixels(tmp_path, mask, options):
    """With the default pipeline, a 0/255 mask trained a detector to find nothing."""
    sample = dataset(tmp_path, mask, **options)[0]["data_samples"]
    known = TRUTH != IGNORED if (mask == TRUTH).all() else np.ones_like(TRUTH, bool)
    truth = np.where(known, TRUTH == 1, 0)
    assert np.array_equal(is_changed(sample.gt_mask).numpy(), truth == 1)

    right, nothing = logits_of(truth), logits_of(np.zeros_like(truth))
    wrong_where_ignored = logits_of(np.where(known, truth, 1))
    for loss in (BCELoss(), DiceLoss(), FocalLoss(), LovaszLoss()):
        labels = stack_masks([sample], right)
        assert loss(right, labels) < 0.01
        assert loss(nothing, labels) > 10 * loss(right, labels) + 0.1
        torch.testing.assert_close(loss(wrong_where_ignored, labels), loss(right, labels))

    metric = ChangeMaskMetric()
    sample.pred_mask = wrong_where_ignored.argmax(1)[0].to(torch.uint8)
    metric.process(None, [{**sample.to_dict(), "pair_id": "p"}])
    scores = metric.evaluate(1)
    assert scores["mask/F1"] == scores["mask/OA"] == 100

    tokens = DifferenceFeatures(torch.ones(1, 4, 3), torch.ones(1, 3), {})
    weighed = TokenMask(given_by="another model")(tokens, [sample], (SIDE, SIDE))
    assert weighed.tokens[0, :, 0].tolist() == [0, 0, 1, 0]

    share = 100 * truth.sum() / known.sum()
    assert area(sample.gt_mask.numpy()) == f"{share:.1f} % of the area"


def test_0_1_255_without_a_declaration_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"p\.png has the values 0, 1, 255.*mask_classes"):
        dataset(tmp_path, TRUTH)[0]


def test_is_changed_takes_arrays_and_tensors():
    values = [0, 1, 2, IGNORED]
    expected = [False, True, True, False]
    assert is_changed(np.array(values)).tolist() == expected
    assert is_changed(torch.tensor(values)).tolist() == expected
