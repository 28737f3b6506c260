import logging
from dataclasses import replace

import pytest
import torch
from test_models.transfer_parts import DETECTOR, make_batch, make_captioner, run

from mmrsicc.models.layers import TokenMask
from mmrsicc.structures import Conditions, DifferenceFeatures

SIZE = (8, 8)


def mask_of(*rows):
    """Masks (1, 8, 8) that have these shares of changed pixels in their four quarters."""
    mask = torch.zeros(1, *SIZE, dtype=torch.bool)
    for k, changed in enumerate(rows):
        quarter = mask[0, 4 * (k // 2) :, 4 * (k % 2) :][:4, :4]
        quarter[: int(4 * changed)] = True
    return mask


def test_tokens_weigh_by_the_share_of_changed_pixels():
    weighed = TokenMask(alpha=0.5)(torch.ones(1, 4, 3), mask_of(0, 1, 0.5, 0.25))
    # (1 - a) + a m of each cell, row by row.
    expected = torch.tensor([0.5, 1.0, 0.75, 0.625])
    torch.testing.assert_close(weighed[0], expected[:, None].expand(4, 3))


@pytest.mark.parametrize(("alpha", "kept"), [(0.0, 1.0), (1.0, 0.0)])
def test_alpha_goes_from_nothing_to_all(alpha, kept):
    assert (TokenMask(alpha)(torch.ones(1, 4, 3), mask_of(0, 0, 0, 0)) == kept).all()


def make_given():
    return make_captioner(token_mask={"type": "TokenMask", "given_by": "another model"}).eval()


def mask_told(model, features, samples=None, size=SIZE):
    return model.conditions(features, samples, size).mask


@torch.no_grad()
def test_the_mask_that_the_model_predicts():
    model = make_captioner(change_detector=DETECTOR, token_mask={"type": "TokenMask"}).eval()
    features = run(model, "tensor")
    logits = torch.zeros(2, 3, *SIZE)
    logits[:, 2, :4, 4:] = 1
    told = mask_told(model, replace(features, logits=logits))
    assert torch.equal(told, mask_of(0, 1, 0, 0).expand(2, -1, -1))
    assert mask_told(make_captioner(change_detector=DETECTOR), features) is None


@torch.no_grad()
def test_smaller_images_are_unchanged_where_they_are_padded():
    model, batch = make_given(), make_batch(32)
    features = run(model, "tensor", batch)
    whole, smaller = batch["data_samples"]
    whole.gt_mask = mask_of(0, 0.5, 1, 1)[0].byte() * 255
    whole.gt_mask[:4, 4:6] = 3  # Any value but 0 and 255, which is not counted.
    smaller.gt_mask = torch.ones(4, 4, dtype=torch.uint8)
    told = mask_told(model, features, batch["data_samples"])
    expected = torch.zeros(SIZE, dtype=torch.bool)
    expected[:4, 4:6] = True
    assert torch.equal(told[0], expected)
    assert torch.equal(told[1:], mask_of(1, 0, 0, 0))


@torch.no_grad()
def test_the_models_own_masks_are_unchanged_where_images_are_padded():
    model = make_captioner(change_detector=DETECTOR, token_mask={"type": "TokenMask"}).eval()
    features, samples = run(model, "tensor"), make_batch(32)["data_samples"]
    logits = torch.zeros(2, 2, *SIZE)
    logits[:, 1] = 1
    samples[1].set_metainfo({"img_shape": (4, 4)})
    features = replace(features, logits=logits)
    told = model.conditions(features, samples, SIZE)
    assert torch.equal(told.mask[0], torch.ones(SIZE, dtype=torch.bool))
    assert torch.equal(told.mask[1:], mask_of(1, 0, 0, 0))
    assert told.changed_share.tolist() == [1.0, 1.0]


def test_a_mask_that_no_test_predicts_is_refused():
    with pytest.raises(ValueError, match="token_mask reads the change detector's mask, which"):
        make_captioner(
            change_detector=DETECTOR, token_mask={"type": "TokenMask"}, transfer_to="losses"
        )


def test_masks_that_are_not_there_are_named():
    with pytest.raises(ValueError, match="set a change_detector"):
        TokenMask()(torch.ones(1, 4, 3), None)
    model, batch = make_given(), make_batch(masks=False)
    features = run(model, "tensor", batch)
    with pytest.raises(ValueError, match="'a house is built' has none: set mask_dir"):
        mask_told(model, features, batch["data_samples"])
    with pytest.raises(ValueError, match="come with a data set"):
        mask_told(model, features)
    wide = torch.zeros(1, 8, 1, 4)
    for tokens, dates in ((torch.ones(1, 6, 3), None), (torch.ones(1, 4, 3), (wide, wide))):
        other = DifferenceFeatures(tokens, tokens.mean(1), dates=dates)
        with pytest.raises(ValueError, match=r"\d places form no square grid: resize"):
            model.speaker.masked(other, Conditions(mask=mask_of(1, 1, 1, 1)))
    with pytest.raises(ValueError, match="alpha=2"):
        TokenMask(alpha=2)


def test_ground_truth_is_flagged(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "mmrsicc.models.layers.tokens.print_log",
        lambda message, logger, level: seen.append((message, level)),
    )
    TokenMask(given_by="another model")
    assert not seen
    TokenMask(given_by="ground truth")
    ((message, level),) = seen
    assert "cannot be compared" in message and level == logging.WARNING


def memory_seen(model, batch=None):
    """Tokens that the head is given when the model predicts."""
    seen, start = [], model.speaker.head.start
    model.speaker.head.start = lambda f, c=None: seen.append(f.tokens) or start(f, c)
    run(model, "predict", batch)
    return seen[0]


@torch.no_grad()
def test_in_a_captioner_the_neck_does_not_fuse_and_the_mask_decides():
    model = make_captioner(
        change_detector=DETECTOR, transfer_to="mask", token_mask={"type": "TokenMask"}
    ).eval()
    assert not model.encoder.neck.transfers
    bias = model.encoder.change_detector.fuse[-1].bias
    bias.data = torch.tensor([100.0, -100.0])
    assert not memory_seen(model).any()
    bias.data = torch.tensor([-100.0, 100.0])
    plain = make_captioner().eval()
    plain.load_state_dict({key: model.state_dict()[key] for key in plain.state_dict()})
    assert torch.equal(memory_seen(model), memory_seen(plain))


@torch.no_grad()
def test_given_masks_come_with_the_samples_also_when_predicting():
    batch = make_batch()
    for sample in batch["data_samples"]:
        sample.gt_mask.zero_()
    assert not memory_seen(make_given(), batch).any()
    batch["data_samples"][1].gt_mask.fill_(1)
    assert memory_seen(make_given(), batch).flatten(1).any(1).tolist() == [False, True]
