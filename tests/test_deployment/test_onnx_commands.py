"""The export and comparison commands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]


def run(tool, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, f"tools/deployment/{tool}.py", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_int8_is_smaller_and_compared(config, checkpoint, exported, tmp_path):
    out = tmp_path / "int8"
    done = run("export_onnx", config, checkpoint, "--out", out, "--quantize", "int8")
    assert done.returncode == 0, done.stderr
    assert (out / "step.onnx").stat().st_size < (exported / "step.onnx").stat().st_size

    random = np.random.default_rng(0)
    folders = tmp_path / "A", tmp_path / "B"
    for folder in folders:
        folder.mkdir()
        for name in ("1.png", "2.png", "3.png"):
            pixels = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name)
    for folder, sentences in ((exported, "3 of 3"), (out, "[0-3] of 3")):
        done = run("compare_onnx", folder, config, checkpoint, "--pairs", *folders, "--repeats", 1)
        assert done.returncode == 0, done.stderr
        assert re.search(f"same sentence: {sentences} pairs", done.stdout)
        assert re.search(r"batch 16: PyTorch [\d.]+ ms per pair, ONNX [\d.]+", done.stdout)
