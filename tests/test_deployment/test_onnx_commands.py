"""The export and comparison commands."""

import re

import numpy as np
import pytest
from PIL import Image
from test_cli.conftest import succeed

pytestmark = pytest.mark.slow


def test_int8_is_smaller_and_compared(config, checkpoint, exported, tmp_path):
    out = tmp_path / "int8"
    succeed("export", config, checkpoint, "--out", out, "--quantize", "int8")
    assert (out / "step.onnx").stat().st_size < (exported / "step.onnx").stat().st_size

    random = np.random.default_rng(0)
    folders = tmp_path / "A", tmp_path / "B"
    for folder in folders:
        folder.mkdir()
        for name in ("1.png", "2.png", "3.png"):
            pixels = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name)
    whole = tmp_path / "whole.pth"
    succeed("publish", config, checkpoint, "--out", whole)
    for folder, model, sentences in (
        (exported, (config, checkpoint), "3 of 3"),
        (out, (whole,), "[0-3] of 3"),
    ):
        done = succeed("compare-onnx", folder, *model, "--pairs", *folders, "--repeats", 1)
        assert re.search(f"same sentence: {sentences} pairs", done.stdout)
        assert re.search(r"batch 16: PyTorch [\d.]+ ms per pair, ONNX [\d.]+", done.stdout)
