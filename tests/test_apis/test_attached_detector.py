"""A captioner gets a detector's masks and says what it said before."""

from pathlib import Path

import pytest
import torch
from mmengine import Config
from test_apis.conftest import MODEL_CONFIG, write_checkpoint

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.apis.detecting import TrainedDetector
from mmrsicc.apis.publishing import publish
from mmrsicc.registry import MODELS
from mmrsicc.utils.provenance import provenance_of, sha256

BACKBONE = {"type": "mmseg.MixVisionTransformer", "embed_dims": 8, "num_layers": [1] * 4}


def write_detector(path, bands=3, size=64):
    """Writes the file of a small detector, as a training leaves it."""
    torch.manual_seed(1)
    part = {
        "type": "SiameseChangeDetector",
        "backbone": BACKBONE | {"in_channels": bands},
        "statistics": {"before": {"mean": [100.0] * bands, "std": [50.0] * bands}},
        "channels": 8,
        "source_dataset": "towns",
    }
    pipeline = Config.fromstring(MODEL_CONFIG, ".py").test_dataloader.dataset.pipeline
    pipeline[1]["scale"] = (size, size)
    cfg = {"model": part, "test_dataloader": {"dataset": {"pipeline": pipeline}}}
    weights = MODELS.build(part).state_dict()
    torch.save({"state_dict": weights, "meta": {"cfg": Config(cfg).pretty_text}}, path)
    return path


@pytest.fixture
def detector(tmp_path):
    """File of a small detector."""
    return write_detector(tmp_path / "detector.pth")


@pytest.fixture
def captioner(tmp_path, monkeypatch):
    """File of a captioner without masks."""
    start, end = "change_detector=dict(", "neck=dict("
    before, rest = MODEL_CONFIG.split(start)
    alone = f"{before}{end}{rest.split(end)[1]}"
    monkeypatch.setattr("test_apis.conftest.MODEL_CONFIG", alone)
    return write_checkpoint(tmp_path / "captioner.pth")


def test_the_published_model_gives_the_detectors_masks(captioner, detector, folders, tmp_path):
    done = publish(captioner, None, tmp_path / "both.pth", check=folders, detector=detector)
    assert (done.pairs, done.different) == (5, {})
    both, alone = (ChangeCaptionInferencer(path, device="cpu") for path in (done.path, captioner))
    result = both(folders)[0]
    assert alone(folders)[0].mask is None
    probability = TrainedDetector(None, detector, "cpu").probability(result.before, result.after)
    sure = abs(probability - 0.5) > 0.01  # Half precision decides the rest.
    assert sure.any() and ((result.mask > 0) == (probability > 0.5))[sure].all()


def test_the_detector_of_a_captioner_answers_alone(captioner, detector, folders, tmp_path):
    both = publish(captioner, None, tmp_path / "both.pth", detector=detector).path
    pair = [next(folder.iterdir()) for folder in map(Path, folders)]
    found, expected = (TrainedDetector(None, p, "cpu").probability(*pair) for p in (both, detector))
    assert expected.std() > 0.01
    assert abs(found - expected).max() < 0.01  # Published weights have half precision.


def test_a_captioner_without_a_detector_is_no_detector(captioner):
    with pytest.raises(ValueError, match="holds no change detector: give the checkpoint of one"):
        TrainedDetector(None, captioner, "cpu")


def test_its_file_says_what_the_detector_was(captioner, detector, tmp_path):
    done = publish(captioner, None, tmp_path / "both.pth", detector=detector)
    told = provenance_of(torch.load(done.path, weights_only=True))
    assert told["change_detector_source"] == "towns"
    assert told["change_detector_sha256"] == sha256(detector)


def test_masks_of_its_own_are_kept(checkpoint, detector, tmp_path):
    with pytest.raises(ValueError, match=r"masks of its own: .*detector\.pth cannot be attached"):
        publish(checkpoint, None, tmp_path / "both.pth", detector=detector)
    assert not (tmp_path / "both.pth").exists()


def test_a_detector_of_other_bands_is_refused(captioner, tmp_path):
    detector = write_detector(tmp_path / "four.pth", bands=4)
    with pytest.raises(ValueError, match=r"four\.pth does not take .* of 3 and 3 bands .*attach"):
        publish(captioner, None, tmp_path / "both.pth", detector=detector)


def test_a_captioner_is_no_detector(captioner, tmp_path):
    with pytest.raises(ValueError, match=r"captioner\.pth holds no .*: give the checkpoint of one"):
        publish(captioner, None, tmp_path / "both.pth", detector=captioner)


def test_a_detector_of_images_of_another_size_is_refused(captioner, tmp_path):
    larger = write_detector(tmp_path / "larger.pth", size=128)
    with pytest.raises(ValueError, match=r"larger\.pth .* of 128 pixels, the captioner of 64"):
        publish(captioner, None, tmp_path / "both.pth", detector=larger)
    assert not (tmp_path / "both.pth").exists()
