import logging

import pytest
import torch
from test_models.transfer_parts import DETECTOR, make_batch, make_captioner, run

from mmrsicc.models.layers import TokenMask
from mmrsicc.structures import IGNORED, ChangeDataSample, DifferenceFeatures

SIZE = (8, 8)


def make_difference(**maps):
    return DifferenceFeatures(torch.ones(1, 4, 3), torch.ones(1, 3), maps)


def given(*rows):
    """A sample whose mask (8, 8) has these shares of changed pixels in its four quarters."""
    sample = ChangeDataSample()
    sample.gt_mask = torch.zeros(SIZE, dtype=torch.uint8)
    for k, changed in enumerate(rows):
        quarter = sample.gt_mask[4 * (k // 2) :, 4 * (k % 2) :][:4, :4]
        quarter[: int(4 * changed)] = 2
    return sample


def test_tokens_weigh_by_the_share_of_changed_pixels():
    mask = TokenMask(alpha=0.5, given_by="another model")
    weighed = mask(make_difference(), [given(0, 1, 0.5, 0.25)], SIZE)
    # (1 - a) + a m of each cell, row by row.
    expected = torch.tensor([0.5, 1.0, 0.75, 0.625])
    torch.testing.assert_close(weighed.tokens[0], expected[:, None].expand(4, 3))
    assert weighed.maps["token_mask"].shape == (1, 1, 2, 2)


@pytest.mark.parametrize(("alpha", "kept"), [(0.0, 1.0), (1.0, 0.0)])
def test_alpha_goes_from_nothing_to_all(alpha, kept):
    mask = TokenMask(alpha, given_by="another model")
    assert (mask(make_difference(), [given(0, 0, 0, 0)], SIZE).tokens == kept).all()


def test_the_mask_that_the_model_finds():
    logits = torch.zeros(1, 3, *SIZE)
    logits[:, 2, :4, 4:] = 1
    weighed = TokenMask()(make_difference(change_logits=logits), None, SIZE)
    assert weighed.tokens[0, :, 0].tolist() == [0, 1, 0, 0]


def test_smaller_images_are_unchanged_where_they_are_padded():
    sample = given(1, 1, 1, 1)
    sample.gt_mask = sample.gt_mask[:4, :4]
    weighed = TokenMask(given_by="another model")(make_difference(), [sample], SIZE)
    assert weighed.tokens[0, :, 0].tolist() == [1, 0, 0, 0]


def test_ignored_pixels_are_not_changed():
    sample = given(1, 1, 0, 0)
    sample.gt_mask[:4, 4:] = IGNORED
    weighed = TokenMask(given_by="another model")(make_difference(), [sample], SIZE)
    assert weighed.tokens[0, :, 0].tolist() == [1, 0, 0, 0]


def test_masks_that_are_not_there_are_named():
    with pytest.raises(ValueError, match="set a change_detector"):
        TokenMask()(make_difference(), None, SIZE)
    mask = TokenMask(given_by="another model")
    with pytest.raises(ValueError, match="has no mask: set mask_dir"):
        mask(make_difference(), [ChangeDataSample()], SIZE)
    with pytest.raises(ValueError, match="come with a data set"):
        mask(make_difference(), None, SIZE)
    with pytest.raises(ValueError, match="6 tokens are no square grid"):
        mask(DifferenceFeatures(torch.ones(1, 6, 3), torch.ones(1, 3)), [], SIZE)
    with pytest.raises(ValueError, match="alpha=2"):
        TokenMask(alpha=2)


def test_ground_truth_is_flagged(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "mmrsicc.models.layers.token_mask.print_log",
        lambda message, logger, level: seen.append((message, level)),
    )
    TokenMask(given_by="another model")
    assert not seen
    TokenMask(given_by="ground truth")
    ((message, level),) = seen
    assert "cannot be compared" in message and level == logging.WARNING


def test_in_a_captioner_the_neck_does_not_fuse_and_the_mask_decides():
    model = make_captioner(
        change_detector=DETECTOR, transfer_to="tokens", token_mask={"type": "TokenMask"}
    ).eval()
    assert not model.neck.transfers
    with torch.no_grad():
        model.change_detector.fuse[-1].bias.data = torch.tensor([100.0, -100.0])
        assert not run(model, "tensor").tokens.any()
        model.change_detector.fuse[-1].bias.data = torch.tensor([-100.0, 100.0])
        plain = make_captioner().eval()
        plain.load_state_dict({key: model.state_dict()[key] for key in plain.state_dict()})
        assert torch.equal(run(model, "tensor").tokens, run(plain, "tensor").tokens)


def test_given_masks_come_with_the_samples_also_when_predicting():
    model = make_captioner(token_mask={"type": "TokenMask", "given_by": "another model"}).eval()
    batch = make_batch()
    for sample in batch["data_samples"]:
        sample.gt_mask.zero_()
    with torch.no_grad():
        assert not run(model, "tensor", batch).tokens.any()
    assert len(run(model, "predict", batch)) == 2
