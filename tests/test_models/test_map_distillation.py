import pytest
import torch

from mmrsicc.models.losses import MapDistillation
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures


def make_difference(own, detected):
    change = ChangeFeatures((), (), tuple(detected))
    tokens, pooled = torch.zeros(1, 1, 1), torch.zeros(1, 1)
    return DifferenceFeatures(tokens, pooled, scales=tuple(own), change=change)


def make_loss(difference, **options):
    own = [m.shape[1] for m in difference.scales]
    return MapDistillation(own, [m.shape[1] for m in difference.change.difference], **options)


def places(*vectors):
    """A map (1, C, 1, P) of vectors."""
    return torch.tensor(vectors).T[None, :, None]


def test_it_is_the_squared_distance_of_unit_vectors():
    # Directions 0, 90 and 180 degrees apart, of whatever length: 0, 2 and 4.
    own = places((3.0, 0.0), (0.0, 0.5), (-1.0, 0.0))
    detected = places((0.1, 0.0), (7.0, 0.0), (2.0, 0.0))
    difference = make_difference([own, own], [detected, detected])
    loss = make_loss(difference, loss_weight=0.5)
    for adapter in loss.adapters:
        adapter.weight.data = torch.eye(2)[:, :, None, None]
        adapter.bias.data.zero_()
    result = loss(difference, [])
    # Two scales of mean 2, times 0.5.
    torch.testing.assert_close(result["loss_distill"], torch.tensor(2.0))
    torch.testing.assert_close(result["distill_cosine"], torch.tensor(0.0))


def test_a_batch_is_the_mean_of_its_halves():
    torch.manual_seed(0)
    own, detected = torch.randn(4, 6, 8, 8), torch.randn(4, 3, 4, 4)
    loss = make_loss(make_difference([own], [detected]))
    whole, *halves = (
        loss(make_difference([own[part]], [detected[part]]), [])["loss_distill"]
        for part in (slice(4), slice(2), slice(2, 4))
    )
    torch.testing.assert_close(whole, sum(halves) / 2)


def test_the_detector_gets_no_gradient():
    own, detected = (torch.randn(1, 4, 4, 4, requires_grad=True) for _ in range(2))
    difference = make_difference([own], [detected])
    make_loss(difference)(difference, [])["loss_distill"].backward()
    assert own.grad.any() and detected.grad is None


def test_other_numbers_of_scales_are_refused():
    with pytest.raises(ValueError, match="2 scales, the change detector 1"):
        MapDistillation([4, 4], [4])
    with pytest.raises(ValueError, match="1 scales, the change detector 0"):
        MapDistillation([4], None)
