import math

import pytest
import torch
import torch.nn.functional as F
from torchvision.ops import sigmoid_focal_loss

from mmrsicc.models.losses import BCELoss, DiceLoss, FocalLoss, LovaszLoss

LOSSES = [BCELoss, DiceLoss, FocalLoss, LovaszLoss]


def draw(seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 2, 5, 6, generator=generator)
    return logits, torch.randint(0, 2, (2, 5, 6), generator=generator)


def of_margin(margin):
    """Logits whose softmax is the sigmoid of a margin (H, W)."""
    return torch.stack([torch.zeros_like(margin), margin])[None]


@pytest.mark.parametrize("kind", LOSSES)
def test_pixels_with_label_255_do_not_count(kind):
    logits, labels = draw()
    labels[:, :, 3:] = 255
    expected = kind()(logits[..., :3], labels[..., :3])
    logits.requires_grad_()
    loss = kind()(logits, labels)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert logits.grad[..., :3].any() and not logits.grad[..., 3:].any()


@pytest.mark.parametrize("kind", LOSSES)
def test_where_no_pixel_counts_nothing_is_learned(kind):
    logits, labels = draw()
    logits.requires_grad_()
    loss = kind()(logits, torch.full_like(labels, 255))
    loss.backward()
    assert loss == 0 and not logits.grad.any()


@pytest.mark.parametrize("kind", LOSSES)
def test_a_sure_and_right_mask_costs_nothing_and_a_wrong_one_much(kind):
    labels = draw()[1]
    margin = 40.0 * (2 * labels - 1)
    right = torch.stack([-margin, margin], dim=1) / 2
    assert kind()(right, labels) < 1e-6
    assert kind()(-right, labels) > 0.9


def test_cross_entropy_is_the_binary_one_of_the_margin():
    logits, labels = draw()
    margin = logits[:, 1] - logits[:, 0]
    expected = F.binary_cross_entropy_with_logits(margin, labels.float())
    torch.testing.assert_close(BCELoss()(logits, labels), expected)


def test_class_weights_by_hand():
    # Two pixels with probabilities 1/2 and 1/4 of their own class, weighted 1 and 3.
    logits = of_margin(torch.tensor([[0.0, -math.log(3)]]))
    labels = torch.tensor([[[0, 1]]])
    loss = BCELoss(class_weights=(1.0, 3.0))(logits, labels)
    assert loss.item() == pytest.approx((math.log(2) + 3 * math.log(4)) / 4)


def test_dice_by_hand():
    # Probabilities of change 1/2, 3/4 and 1/4; the second pixel is changed, the third unknown.
    logits = of_margin(torch.tensor([[0.0, math.log(3), -math.log(3)]]))
    loss = DiceLoss()(logits, torch.tensor([[[0, 1, 255]]]))
    assert loss.item() == pytest.approx(1 - (2 * 0.75 + 1) / (0.5 + 0.75 + 1 + 1))


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.6, 0.5)])
def test_focal_loss_is_torchvisions(alpha, gamma):
    logits, labels = draw()
    margin = logits[:, 1] - logits[:, 0]
    expected = sigmoid_focal_loss(margin, labels.float(), alpha, gamma, reduction="mean")
    torch.testing.assert_close(FocalLoss(alpha=alpha, gamma=gamma)(logits, labels), expected)


def test_focal_loss_without_focus_is_half_the_cross_entropy():
    logits, labels = draw()
    focal = FocalLoss(alpha=0.5, gamma=0.0)(logits, labels)
    torch.testing.assert_close(focal, BCELoss()(logits, labels) / 2)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_a_sure_pixel_has_a_finite_slope(gamma):
    logits = torch.tensor([200.0, -200.0]).view(1, 2, 1, 1).requires_grad_()
    FocalLoss(gamma=gamma)(logits, torch.zeros(1, 1, 1, dtype=torch.long)).backward()
    assert logits.grad.eq(0).all()


def test_lovasz_of_hard_masks_is_one_minus_iou():
    labels, found = draw(1)[1], draw(2)[1]
    logits = 1000.0 * F.one_hot(found, 2).movedim(3, 1)
    ious = [
        ((found == k) & (labels == k)).sum() / ((found == k) | (labels == k)).sum() for k in (0, 1)
    ]
    torch.testing.assert_close(LovaszLoss()(logits, labels), 1 - torch.stack(ious).mean())


def test_lovasz_by_hand():
    # Errors of the changed class: 0.75 (a false alarm), 0.5 (missed by half); union grows first.
    logits = of_margin(torch.tensor([[math.log(3), 0.0]]))
    changed = 0.75 * (1 - 1 / 2) + 0.5 * (1 - 1 / 2)
    unchanged = 0.75 * 1 + 0.5 * 0
    loss = LovaszLoss()(logits, torch.tensor([[[0, 1]]]))
    assert loss.item() == pytest.approx((changed + unchanged) / 2)


def test_lovasz_leaves_out_classes_that_do_not_occur():
    logits = of_margin(torch.tensor([[0.0, -math.log(3)]]))
    # Only the unchanged class: errors 1/2 and 1/4, each a half of the union.
    loss = LovaszLoss()(logits, torch.tensor([[[0, 0]]]))
    assert loss.item() == pytest.approx((0.5 + 0.25) / 2)
