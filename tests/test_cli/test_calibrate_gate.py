"""Calibration on the command line."""

import json
import re

import numpy as np
import pytest
from data.make_levir_layout import CHANGE, NO_CHANGE
from PIL import Image

from mmrsicc.cli.main import main
from mmrsicc.registry import MODELS


def record(i, sentences):
    tokens = [{"tokens": sentence.split()} for sentence in sentences]
    return {"filename": f"{i:03d}.png", "split": "train", "sentences": tokens}


@pytest.fixture
def captions(tmp_path):
    """Twelve changed pairs, each with its own thing built, and eight unchanged ones."""
    changed = [[s.replace("house", f"house{i}") for s in CHANGE] for i in range(12)]
    records = [record(i, sentences) for i, sentences in enumerate(changed + [NO_CHANGE] * 8)]
    path = tmp_path / "captions.json"
    path.write_text(json.dumps({"images": records}))
    return path


@pytest.fixture
def calibrate():
    """Runs the command and returns what it writes."""

    def run(captions, out):
        words = [captions, "--text-encoder", "hashed", "--cache-dir", out.parent / "cache"]
        main(["calibrate-gate", *map(str, words), "--out", str(out)])
        return json.loads((out / "calibration.json").read_text())

    return run


def test_calibration(calibrate, captions, tmp_path):
    result = calibrate(captions, tmp_path / "out")
    assert (result["pairs"], result["changed_pairs"]) == (20, 12)
    single, theta = (result["rules"][r]["theta"] for r in ("single captions", "prototypes"))
    assert 0 < single < theta == result["theta"] < 1
    for rule in result["batches"].values():
        assert all(found["gated/unchanged, unchanged"] == 1 for found in rule.values())
    assert {len(example["sentences"]) for example in result["examples"]} == {2}
    # The line to paste builds the gate that was calibrated.
    gate = MODELS.build(eval(f"dict({result['config']})")["gate"])
    assert gate.theta == pytest.approx(theta, abs=1e-3)
    assert gate.kappa == pytest.approx(result["kappa"], abs=1e-4)
    page = (tmp_path / "out" / "calibration.md").read_text()
    assert result["config"] in page and result["examples"][0]["sentences"][0] in page
    (picture,) = re.findall(r"!\[.*\]\((.*)\)", page)
    with Image.open(tmp_path / "out" / picture) as image:
        assert image.width > 600 and np.asarray(image).std() > 10
    again = calibrate(captions, tmp_path / "again")
    assert again["rules"] == result["rules"] and again["examples"] == result["examples"]


def test_what_cannot_be_calibrated_is_said_in_words(calibrate, captions, tmp_path):
    content = json.loads(captions.read_text())
    content["images"] = content["images"][12:]
    captions.write_text(json.dumps(content))
    with pytest.raises(SystemExit, match="no changed pair: theta is calibrated on"):
        calibrate(captions, tmp_path / "out")


def test_real_captions_need_prototypes(calibrate, real_data, tmp_path):
    result = calibrate(real_data / "levir_cc" / "LevirCCcaptions.json", tmp_path / "out")
    assert (result["pairs"], result["changed_pairs"]) == (6815, 3407)
    missed = result["missed_by_half"]
    # The rule for single captions hardly misses any, and so takes nearly all for one meaning.
    assert missed["single captions"] < 0.01 < 0.04 < missed["prototypes"] < 0.12
    gated = {r: found["64"]["gated/changed, changed"] for r, found in result["batches"].items()}
    assert gated["prototypes"] < 0.5 < gated["single captions"]
