"""``mmrsicc alignment``, from config to page."""

import json

import pytest
import torch
from data.make_levir_layout import make_levir_cc
from mmengine import Config
from mmengine.registry import init_default_scope
from test_cli.conftest import ROOT, refused, succeed

from mmrsicc.registry import MODELS

DETECTOR = """
_base_ = ["{root}/configs/change_detection/siamese_resnet18_synthcc-tiny.py"]

size = (64, 64)
pipeline = [
    dict(type="LoadPair", binary_mask=True),
    dict(type="ResizePair", scale=size),
    dict(type="PackChangeInputs"),
]
train_dataloader = dict(dataset=dict(data_root="{data}/images/train"))
test_dataloader = dict(dataset=dict(data_root="{data}/images/test", pipeline=pipeline))
model = dict(
    backbone=dict(stem_channels=8, base_channels=8),
    channels=8,
)
"""


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """Config and checkpoint of a detector on pairs with masks, not trained."""
    data = make_levir_cc(tmp_path_factory.mktemp("masks"), pairs=(24, 2, 14), size=32, masks=True)
    config = data / "detector.py"
    config.write_text(DETECTOR.format(root=ROOT, data=data))
    cfg = Config.fromfile(config)
    init_default_scope("mmrsicc")
    torch.save({"state_dict": MODELS.build(cfg.model).state_dict()}, data / "weights.pth")
    return config, data / "weights.pth"


def test_from_config_to_page(detector, tmp_path):
    config, checkpoint = detector
    done = succeed("alignment", config, checkpoint, config, "--out", tmp_path,
        "--curve-pairs", 12, "--device", "cpu",
    )  # fmt: skip
    result = json.loads((tmp_path / "alignment.json").read_text())
    assert f"\n{result['verdict']}. " in f"\n{done.stdout}"
    assert result["source"] == {"name": "SynthCC", "pairs": 24, "images": 24}
    assert result["target"]["pairs"] == 14
    assert set(result["shift"]) == {
        f"{what} {k}" for what in ("stage", "difference") for k in (1, 2, 3, 4)
    }
    # Both splits are drawn alike: nothing but chance lies between them.
    assert result["verdict"] == "aligned"
    assert len(result["curves"]) == 12 and result["cka"] == {}
    page = (tmp_path / "alignment.html").read_text()
    assert page.count("<img") == 3 and "http" not in page.replace("http-equiv", "")


def test_a_captioner_is_no_detector(tiny_config, tmp_path, detector):
    said = refused("alignment", tiny_config, detector[1], detector[0], "--out", tmp_path)
    assert "holds no change detector" in said
