"""Facts of Zhan et al. (2017)."""

import pytest
import torch
from scipy.ndimage import median_filter

from mmrsicc.models.change_detectors import DSCN, ContrastivePixelLoss
from mmrsicc.structures import IGNORED, ChangeDataSample


def test_it_has_the_parameters_of_its_five_layers():
    """3 x 3 to 64, 5 x 5 to 64, 7 x 7 to 64, 9 x 9 to 32, 3 x 3 to 16 channels, with biases."""
    expected = 3 * 64 * 9 + 64 * 64 * 25 + 64 * 64 * 49 + 64 * 32 * 81 + 32 * 16 * 9
    expected += 64 + 64 + 64 + 32 + 16
    assert sum(p.numel() for p in DSCN("test").parameters()) == expected == 475_568


def test_a_pixel_has_changed_where_its_features_lie_far_apart():
    detector = DSCN("test", threshold=0.3).eval()
    before, after = torch.randn(2, 1, 3, 32, 40)
    found = detector.detect(before, after)
    assert found.before[0].shape == (1, 16, 32, 40)
    distance = torch.linalg.vector_norm(found.after[0] - found.before[0], dim=1)
    assert torch.allclose(found.logits[:, 1] - found.logits[:, 0], distance - 0.3, atol=1e-5)
    back = detector.detect(after, before).logits
    assert torch.allclose(found.logits, back, atol=1e-6)
    assert (detector.extract(before, before).logits.argmax(1) == 0).all()


def test_neighbours_vote_in_tests_alone():
    """By SciPy: the majority of a window of booleans is its median."""
    torch.manual_seed(0)
    detector = DSCN("test", threshold=0.05, vote=3).eval()
    before, after = torch.randn(2, 1, 3, 32, 40)
    found = detector.detect(before, after)
    alone = (found.difference[0][0, 0] > 0.05).numpy()
    voted = found.logits.argmax(1)[0].bool().numpy()
    assert 0.1 < alone.mean() < 0.9 and (alone != voted).any()
    inner = (slice(1, -1), slice(1, -1))
    assert (voted[inner] == median_filter(alone, 3)[inner]).all()
    assert voted[0, 0] == (alone[:2, :2].sum() > 2)
    distance = found.difference[0]
    trained = detector.train().detect(before, after).logits
    assert torch.allclose(trained[:, 1:], distance - 0.05)
    with pytest.raises(ValueError, match="vote=4: give an odd side"):
        DSCN("test", vote=4)


def test_the_contrastive_loss_by_hand():
    """Distances 0.2 and 1.5 of unchanged, 0.4 and 3 of changed pixels; margin 2."""
    distance = torch.tensor([[[0.2, 1.5], [0.4, 3.0]]])
    logits = torch.stack([torch.zeros_like(distance), distance - 0.7], 1)
    labels = torch.tensor([[[0, 0], [1, 1]]])
    loss = ContrastivePixelLoss(threshold=0.7, margin=2)
    expected = (0.2**2 + 1.5**2 + (2 - 0.4) ** 2 + 0) / 2 / 4
    assert loss(logits, labels).item() == pytest.approx(expected)
    weighted = ContrastivePixelLoss(0.7, 2, class_weights=(1, 3))
    expected = (0.2**2 + 1.5**2 + 3 * (2 - 0.4) ** 2) / 2 / 8
    assert weighted(logits, labels).item() == pytest.approx(expected)
    labels[0, 0, 1] = labels[0, 1, 0] = IGNORED
    assert loss(logits, labels).item() == pytest.approx(0.2**2 / 2 / 2)
    assert loss(logits, torch.full_like(labels, IGNORED)) == 0


def test_it_learns_a_pair_by_heart_and_equal_dates_have_a_slope():
    torch.manual_seed(0)
    detector = DSCN("test")
    image = torch.rand(1, 3, 16, 16) * 255
    changed = image.clone()
    changed[..., 4:12, 4:12] = 255 - changed[..., 4:12, 4:12]
    sample = ChangeDataSample(gt_mask=torch.zeros(16, 16, dtype=torch.uint8))
    sample.gt_mask[4:12, 4:12] = 1
    optimizer = torch.optim.Adam(detector.parameters(), lr=1e-3)
    for _ in range(25):
        losses = detector((image, changed), [sample], mode="loss")
        assert list(losses) == ["loss_contrastive"]
        optimizer.zero_grad()
        losses["loss_contrastive"].backward()
        optimizer.step()
    (found,) = detector.eval()((image, changed), [sample], mode="predict")
    assert ((found.pred_mask == 1) == (sample.gt_mask == 1)).float().mean() > 0.9
    loss = detector((image, image), [sample], mode="loss")["loss_contrastive"]
    optimizer.zero_grad()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in detector.parameters())


def test_no_padding_votes_at_the_border():
    """A side of 33 is no multiple of 32, yet the last row is treated as the first one is."""
    torch.manual_seed(0)
    detector = DSCN("test", threshold=0.05, vote=5).eval()
    before, after = (torch.rand(1, 3, 33, 40) * 255 for _ in range(2))
    flipped = detector.extract(before.flip(2), after.flip(2)).logits
    for layer in detector.network:
        if hasattr(layer, "weight"):
            layer.weight.data = layer.weight.data.flip(2)
    torch.testing.assert_close(detector.extract(before, after).logits, flipped.flip(2))
