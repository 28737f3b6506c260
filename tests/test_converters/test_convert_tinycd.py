"""TinyCD as its authors' code computes it, and their released weights in it."""

import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine import Config
from PIL import Image
from test_converters.formula import fill, inputs

from mmrsicc.apis.detecting import TrainedDetector
from mmrsicc.converters.detector_conversion import convert_detector
from mmrsicc.converters.tinycd import KEYS
from mmrsicc.datasets.image_io import read_image
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.models.change_detectors import TinyCD
from mmrsicc.utils.checkpoint import load_weights, read_checkpoint

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "model_converters" / "convert_detector.py"


@torch.no_grad()
def test_logits_equal_those_of_the_authors_code():
    reference = json.loads((Path(__file__).parent / "tinycd.json").read_text(encoding="utf-8"))
    detector = TinyCD("test").eval()
    weights = KEYS.convert(fill(reference["shapes"]), "the reference").state_dict
    load_weights(detector, weights, "the reference")
    before, after = (inputs(date, 1, 3, 256, 256) for date in ("before", "after"))
    places = torch.tensor(reference["places"])
    found = detector.detect(before, after).logits[0, 1][places][:, places]
    torch.testing.assert_close(found, torch.tensor(reference["logits"]), atol=1e-4, rtol=1e-4)


@pytest.fixture(params=["levir", "whu"])
def released(request, real_data):
    return real_data / "weights" / f"tinycd_{request.param}_best.pth"


def test_both_released_files_are_accounted_for(released):
    config = None if "levir" in released.name else "tinycd_whu-cd"
    checkpoint = convert_detector("tinycd", released, config)
    source = "LEVIR-CD" if config is None else "WHU-CD"
    assert checkpoint["meta"]["dataset_meta"] == {"source_dataset": source}
    assert len(checkpoint["state_dict"]) == 279
    assert Config.fromstring(checkpoint["meta"]["cfg"], ".py").model.type == "TinyCD"


@torch.no_grad()
def test_released_weights_find_the_buildings(real_data, tmp_path, monkeypatch, capsys):
    source, out = real_data / "weights" / "tinycd_levir_best.pth", tmp_path / "tinycd.pth"
    monkeypatch.setattr(sys, "argv", [str(p) for p in (TOOL, "tinycd", source, out)])
    runpy.run_path(str(TOOL), run_name="__main__")
    assert "trained by its authors on LEVIR-CD" in capsys.readouterr().out
    # A captioner's detector reads it so, and makes sure of the source.
    detector = TinyCD("LEVIR-CD", checkpoint=str(out)).eval()
    detector.init_weights()
    assert read_checkpoint(out)["meta"]["mmrsicc"]["converted"]["method"] == "tinycd"
    images = real_data / "levir_cc_real" / "images" / "test"
    overlap = total = 0
    for name in ("test_000004.webp", "test_000017.webp"):
        before, after = (
            torch.from_numpy(read_image(images / d / name)).permute(2, 0, 1)[None] for d in "AB"
        )
        found = detector.extract(before, after).logits.argmax(1)[0]
        mask = torch.from_numpy(read_mask(images / "label" / name))
        overlap += int((found * mask).sum())
        total += int(found.sum() + mask.sum())
    assert total > 5000 and 2 * overlap / total > 0.85


def test_a_file_of_another_network_is_refused(tmp_path):
    torch.save({"_backbone.0.0.weight": torch.ones(1), "extra": torch.ones(1)}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"x\.pth has 1 tensor that this method does not have"):
        convert_detector("tinycd", tmp_path / "x.pth")
    with pytest.raises(ValueError, match="choose one of changemamba, tinycd"):
        convert_detector("bit", tmp_path / "x.pth")


def test_a_converted_file_needs_no_config(tmp_path):
    reference = json.loads((Path(__file__).parent / "tinycd.json").read_text(encoding="utf-8"))
    torch.save(fill(reference["shapes"]), tmp_path / "released.pth")
    torch.save(convert_detector("tinycd", tmp_path / "released.pth"), tmp_path / "ours.pth")
    for name in ("a.png", "b.png"):
        Image.new("RGB", (64, 48), (90, 120, 60)).save(tmp_path / name)
    detect = TrainedDetector(None, tmp_path / "ours.pth", "cpu")
    assert detect(tmp_path / "a.png", tmp_path / "b.png").scores.shape == (48, 64)
