"""TransUNetCD, CDFormer, SSA-SiamNet and the bilinear CNN against their descriptions."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmrsicc.models.change_detectors import BCNN, CDFormer, SSASiamNet, TransUNetCD
from mmrsicc.models.change_detectors.transunetcd import _ResNetStages
from mmrsicc.models.losses.masks import build_mask_losses
from mmrsicc.structures import IGNORED, ChangeDataSample

SMALL = {"blocks": (1, 1, 1), "width": 8, "dims": 32, "depth": 1, "num_heads": 4, "grid": 2}
STATISTICS = {"before": {"mean": [100.0] * 5, "std": [50.0] * 5}}


def make(kind):
    torch.manual_seed(0)
    options = {"source_dataset": "test", "statistics": STATISTICS}
    options |= {TransUNetCD: SMALL, CDFormer: {"depth": 1, "dims": 32, "patch_size": 3}}.get(
        kind, {}
    )
    return kind(**options)


@pytest.mark.parametrize("kind", [TransUNetCD, CDFormer, SSASiamNet, BCNN])
def test_it_takes_any_bands_and_its_loss_falls(kind):
    detector = make(kind)
    side = 16 if kind is CDFormer else 32
    image = torch.rand(1, 5, side, side) * 255
    changed = image.clone()
    changed[..., 4:12, 4:12] = 255 - changed[..., 4:12, 4:12]
    sample = ChangeDataSample(gt_mask=torch.zeros(side, side, dtype=torch.uint8))
    sample.gt_mask[4:12, 4:12] = 1
    optimizer = torch.optim.Adam(detector.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        loss = sum(detector((image, changed), [sample], mode="loss").values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    features = detector.eval().extract(*(i[..., :-2, :-5] for i in (image, changed)))
    assert features.logits.shape == (1, 2, side - 2, side - 5)
    assert all(p.grad is not None for p in detector.parameters())


def test_transunetcd_has_the_published_parts():
    """9 bottlenecks at stride 16, skips of both dates."""
    with torch.device("meta"):
        backbone = sum(p.numel() for p in _ResNetStages(3, (3, 4, 9), 64).parameters())
    # ResNet-50 to its third stage has 8,543,296; three more bottlenecks of 1024, 256 channels.
    bottleneck = 1024 * 256 + 256 * 256 * 9 + 256 * 1024 + 2 * (256 + 256 + 1024)
    assert backbone == 8_543_296 + 3 * bottleneck
    detector = make(TransUNetCD)
    stem, fine, middle = 8, 32, 64  # Of a backbone of eight channels.
    expected = [middle + 2 * middle, fine + 2 * fine, 4 * stem]
    assert [up[0].in_channels for up in detector.ups] == expected


def test_cdformer_is_its_patch_classifier_at_each_pixel():
    """One pixel by hand, away from the border."""
    detector = make(CDFormer).eval()
    before, after = torch.randn(2, 1, 5, 8, 9)
    with torch.no_grad():
        logits = detector.detect(before, after).logits
        tokens = []
        for image, date in ((before, 0), (after, 1)):
            patch = image[0, :, 3:6, 4:7].flatten(1).T
            spectra = F.linear(patch, detector.embed.weight[..., 0, 0], detector.embed.bias)
            tokens.append(spectra + detector.positions + detector.dates[date])
        whole = torch.cat([tokens[0], detector.dates[:1], tokens[1]])[None]
        expected = detector.classify(detector.encoder(whole).mean(1))
    torch.testing.assert_close(logits[0, :, 4, 5], expected[0])
    assert "dates" in detector.state_dict()  # The authors' code does not store it.


@pytest.mark.parametrize("share", [0.1, 0.0])
def test_cdformer_trains_on_labelled_pixels_alone(share, monkeypatch):
    """Its losses are those of the whole image, in which unlabelled pixels do not count."""
    detector = make(CDFormer).eval()  # Dropout would draw otherwise.
    kinds = ("BCELoss", "DiceLoss", "FocalLoss", "LovaszLoss")
    detector.losses = build_mask_losses([{"type": kind} for kind in kinds])
    images = torch.rand(2, 2, 5, 8, 9) * 255
    masks = torch.randint(0, 2, (2, 8, 9), dtype=torch.uint8)
    masks[torch.rand(2, 8, 9) >= share] = IGNORED
    samples = [ChangeDataSample(gt_mask=mask) for mask in masks]
    classified = []
    original = detector._classified
    monkeypatch.setattr(
        detector, "_classified", lambda t: (classified.append(len(t[0])), original(t))[1]
    )
    found = detector(tuple(images), samples, mode="loss")
    assert sum(classified) == int((masks != IGNORED).sum())
    expected = super(CDFormer, detector).pair_losses(*detector.normalizer(*images), samples)
    assert found.keys() == expected.keys()
    for name, loss in expected.items():
        torch.testing.assert_close(found[name], loss)
    sum(found.values()).backward()
    assert all(p.grad is not None for p in detector.parameters())


def test_bilinear_pooling_by_hand():
    detector = make(BCNN)
    first, second = torch.randn(2, 1, 16, 7, 7)
    found = detector.bilinear(first, second)[0, :, 3, 3]
    expected = torch.zeros(16, 16)
    for y in range(1, 6):
        for x in range(1, 6):
            expected += torch.outer(first[0, :, y, x], second[0, :, y, x])
    expected = (expected / 25).flatten()
    expected = expected.sign() * expected.abs().sqrt()
    torch.testing.assert_close(found, expected / expected.norm(), atol=1e-3, rtol=1e-2)


@pytest.mark.parametrize("window", [4, 0, -1])
def test_windows_without_a_middle_are_refused(window):
    with pytest.raises(ValueError, match=f"window={window}: .* odd"):
        BCNN("test", window=window)


def test_attention_scales_features_between_none_and_all():
    from mmrsicc.models.change_detectors.ssa_siamnet import SpectralSpatialAttention

    attention = SpectralSpatialAttention(8)
    x = torch.rand(1, 8, 6, 6)
    assert ((attention(x) >= 0) & (attention(x) <= x)).all()
    for parameter in attention.parameters():
        nn.init.zeros_(parameter)
    torch.testing.assert_close(attention(x), x / 4)  # Two sigmoids of 0.
