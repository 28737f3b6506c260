"""The command line of mask_baselines."""

import json

import numpy as np
import pytest
from PIL import Image
from test_cli.conftest import ROOT, succeed


def test_both_baselines_under_the_metric_of_detectors(tmp_path):
    for name, size in (("a", 8), ("b", 16)):
        before = np.zeros((size, size, 3), np.uint8)
        after, mask = before.copy(), np.zeros((size, size), np.uint8)
        after[:2, :4] = 200  # 8 pixels look changed, of which 4 are, and 2 more that do not.
        mask[:2, :2] = mask[4, :2] = 255
        for folder, pixels in (("time1", before), ("time2", after), ("label", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / folder / f"{name}.png")
    out = tmp_path / "scores.json"
    done = succeed(
        "mask-baselines",
        ROOT / "configs" / "_base_" / "datasets" / "sysu_cd.py",
        *("--cfg-options", f"test_dataloader.dataset.data_root={tmp_path}"),
        *("--out", out),
    )
    scores = json.loads(out.read_text())["baselines"]
    otsu = {
        "mask/precision": 100 * 8 / 16,
        "mask/recall": 100 * 8 / 12,
        "mask/F1": 100 * 16 / 28,
        "mask/IoU": 100 * 8 / 20,
        "mask/OA": 100 * 308 / 320,
    }
    assert scores["Otsu on the difference"] == pytest.approx(otsu)
    unchanged = scores["all unchanged"]
    assert unchanged["mask/precision"] != unchanged["mask/precision"]
    assert unchanged["mask/F1"] == unchanged["mask/recall"] == 0
    assert unchanged["mask/OA"] == pytest.approx(100 * 308 / 320)
    assert "| all unchanged | - | 0.00 | 0.00 | 0.00 | 96.25 |" in done.stdout
