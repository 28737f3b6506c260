import pytest
import torch
import torch.nn.functional as F

from mmrsicc.models import SiameseChangeDetector
from mmrsicc.structures import ChangeDataSample

BACKBONE = {
    "type": "mmseg.MixVisionTransformer",
    "embed_dims": 8,
    "num_layers": [1, 1, 1, 1],
    "num_heads": [1, 1, 2, 2],
}


def make_detector(**kwargs):
    torch.manual_seed(0)
    return SiameseChangeDetector(BACKBONE, source_dataset="test", channels=8, **kwargs)


def make_batch(size=(40, 50)):
    torch.manual_seed(1)
    sample = ChangeDataSample(metainfo={"img_shape": size, "pair_id": "p"})
    sample.gt_mask = (torch.rand(size) > 0.5).byte()
    inputs = torch.randint(0, 255, (2, 1, 3, *size), dtype=torch.uint8)
    return {"inputs": inputs.unbind(), "data_samples": [sample]}


def test_losses_ignore_the_padding_and_equal_their_formulas():
    detector, batch = make_detector(), make_batch()
    data = detector.data_preprocessor(batch, training=True)
    assert [date.shape[-2:] for date in data["inputs"]] == [(64, 64)] * 2
    detector.eval()
    losses = detector(**data, mode="loss")
    logits = detector(**data, mode="tensor")[:, :, :40, :50]
    mask = batch["data_samples"][0].gt_mask.long()[None]
    torch.testing.assert_close(losses["loss_ce"], F.cross_entropy(logits, mask))
    probability = logits.softmax(1)[:, 1]
    overlap = (2 * (probability * mask).sum() + 1) / (probability.sum() + mask.sum() + 1)
    torch.testing.assert_close(losses["loss_dice"], 1 - overlap)


def test_predicted_masks_have_the_images_own_size():
    detector = make_detector().eval()
    (sample,) = detector.test_step(make_batch())
    assert sample.pred_mask.shape == (40, 50) and sample.pred_mask.dtype == torch.uint8


def test_extract_normalises_raw_images_itself():
    detector = make_detector().eval()
    raw = torch.rand(1, 2, 3, 64, 64) * 255
    features = detector.extract(raw[:, 0], raw[:, 1])
    mean, std = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])  # ImageNet's.
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    normalised = detector.detect(*((raw - mean) / std).unbind(1))
    torch.testing.assert_close(features.logits, normalised.logits)
    torch.testing.assert_close(features.logits, detector(raw.unbind(1), mode="tensor"))
    assert [m.shape for m in features.before] == [m.shape for m in features.after]
    assert [m.shape[1] for m in features.difference] == [8] * 4


def test_order_of_dates_does_not_change_the_mask():
    detector = make_detector().eval()
    raw = torch.rand(1, 2, 3, 64, 64) * 255
    there = detector.extract(raw[:, 0], raw[:, 1]).logits
    torch.testing.assert_close(there, detector.extract(raw[:, 1], raw[:, 0]).logits)


def test_checkpoint_is_loaded_whole_or_refused(tmp_path):
    other = make_detector()
    torch.nn.init.constant_(other.fuse[0].weight, 0.5)
    torch.save({"state_dict": other.state_dict()}, tmp_path / "iter_5.pth")
    detector = make_detector(checkpoint=str(tmp_path / "iter_*.pth"))
    detector.init_weights()
    assert torch.equal(detector.fuse[0].weight, other.fuse[0].weight)

    partial = other.state_dict()
    partial.pop("fuse.0.weight")
    torch.save({"state_dict": partial}, tmp_path / "iter_5.pth")
    with pytest.raises(ValueError, match=r"iter_5\.pth.*\n.*missing fuse\.0\.weight"):
        detector.init_weights()


def test_weights_of_another_data_set_are_refused(tmp_path):
    meta = {"dataset_meta": {"source_dataset": "LEVIR-CD"}}
    torch.save({"state_dict": make_detector().state_dict(), "meta": meta}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"trained on 'LEVIR-CD'.*source_dataset='test'"):
        make_detector(checkpoint=str(tmp_path / "x.pth")).init_weights()


def test_a_missing_checkpoint_tells_the_command(tmp_path):
    command = "python tools/train.py configs/change_detection/x.py"
    detector = make_detector(checkpoint=str(tmp_path / "best_*.pth"), made_by=command)
    with pytest.raises(FileNotFoundError, match=command):
        detector.init_weights()


def test_training_without_masks_is_refused():
    detector, batch = make_detector(), make_batch()
    del batch["data_samples"][0].gt_mask
    data = detector.data_preprocessor(batch)
    with pytest.raises(ValueError, match="'p' has no mask"):
        detector(**data, mode="loss")
