from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from test_models.transfer_parts import make_batch

from mmrsicc.models.heads import MaskHead
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures


@pytest.fixture
def difference():
    torch.manual_seed(0)
    scales = (torch.randn(2, 6, 8, 8), torch.randn(2, 10, 4, 4))
    return DifferenceFeatures(torch.zeros(2, 4, 3), torch.zeros(2, 3), scales)


def test_logits_have_the_images_size_and_the_maps_decide(difference):
    head = MaskHead([6, 10], num_classes=3)
    logits = head(difference.scales, (32, 40))
    assert logits.shape == (2, 3, 32, 40)
    for k in range(2):
        changed = [m + torch.randn_like(m) * (i == k) for i, m in enumerate(difference.scales)]
        assert not torch.allclose(head(changed, (32, 40)), logits)


def test_its_loss_is_the_cross_entropy_of_several_classes(difference):
    samples = make_batch()["data_samples"]
    for sample in samples:
        sample.gt_mask[-4:] = 2
    logits = torch.randn(2, 3, 32, 32)
    losses = [{"type": "BCELoss", "weight": 0.5}, {"type": "LovaszLoss"}]
    head = MaskHead([6, 10], num_classes=3, losses=losses, loss_weight=2.0)
    result = head.loss(replace(difference, logits=logits), samples)
    expected = F.cross_entropy(logits, torch.stack([s.gt_mask for s in samples]).long())
    torch.testing.assert_close(result["mask_ce"], 0.5 * expected)
    torch.testing.assert_close(result["loss_mask"], 2 * (result["mask_ce"] + result["mask_lovasz"]))


def test_padding_counts_nothing(difference):
    samples = make_batch()["data_samples"]
    samples[1].gt_mask = samples[1].gt_mask[:20, :24]
    logits, head = torch.randn(2, 2, 32, 32), MaskHead([6, 10])
    before = head.loss(replace(difference, logits=logits.clone()), samples)["loss_mask"]
    logits[1, :, 20:] += 5
    logits[1, :, :, 24:] -= 5
    assert head.loss(replace(difference, logits=logits), samples)["loss_mask"] == before


def test_masks_that_are_missing_or_of_other_values_are_named(difference):
    difference = replace(difference, logits=torch.randn(2, 2, 32, 32))
    head = MaskHead([6, 10])
    with pytest.raises(ValueError, match=r"'a house is built' has no mask.*set mask_dir"):
        head.loss(difference, make_batch(masks=False)["data_samples"])
    samples = make_batch()["data_samples"]
    samples[0].gt_mask *= 2
    with pytest.raises(ValueError, match=r"class 2, but there are 2 classes.*binary_mask=True"):
        head.loss(difference, samples)
    with pytest.raises(ValueError, match="needs a change_detector"):
        MaskHead([6, 10], target="detector").loss(difference, samples)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "dream"}, "MaskHead: target='dream'"),
        ({"target": "detector", "num_classes": 3}, "MaskHead: .* has 2 classes"),
        ({"num_classes": 3, "losses": [{"type": "DiceLoss"}]}, "DiceLoss is for 2 classes"),
        ({"num_classes": 3, "losses": [{"type": "FocalLoss"}]}, "FocalLoss .*num_classes=3"),
        ({"losses": [{"type": "BCELoss"}, {"type": "BCELoss", "weight": 2}]}, "two losses of one"),
    ],
)
def test_senseless_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MaskHead([6, 10], **options)


def test_the_detector_s_labels_of_padding_do_not_count(difference):
    head = MaskHead([6, 10], target="detector", channels=32)
    samples = make_batch()["data_samples"]
    samples[1].set_metainfo({"img_shape": (16, 24)})
    logits = head(difference.scales, (32, 32))
    labels = torch.randint(0, 2, (2, 32, 32))
    found = F.one_hot(labels, 2).movedim(3, 1).float()
    change = ChangeFeatures((), (), None, found)
    losses = head.loss(replace(difference, logits=logits, change=change), samples)
    every = F.cross_entropy(logits, labels, reduction="none")
    counted = torch.cat([every[0].flatten(), every[1, :16, :24].flatten()])
    torch.testing.assert_close(losses["loss_mask"], counted.mean())
