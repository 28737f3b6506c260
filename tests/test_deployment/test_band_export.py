"""Exported models of any bands against the PyTorch models."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mmrsicc.apis import ChangeCaptionInferencer
from mmrsicc.deployment import OnnxCaptioner
from mmrsicc.deployment.onnx_export import export_onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
from band_models import write_band_model


def test_says_what_pytorch_says_of_two_sensors(tmp_path):
    bands = (2, 10)
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"pip install {package}")
    reference = ChangeCaptionInferencer(write_band_model(tmp_path, "two"), device="cpu")
    export_onnx(reference.model, tmp_path / "out")
    captioner = OnnxCaptioner(tmp_path / "out", threads=1)
    assert captioner.settings["bands"] == list(bands)
    random = np.random.default_rng(0)
    pairs = [
        tuple(random.normal(1500, spread, (40, 36, n)).astype(np.float32) for n in bands)
        for spread in (10, 500, 3000)
    ]
    expected = reference(pairs, progress=False)
    found = captioner(pairs)
    assert [f.caption for f in found] == [e.caption for e in expected]
    np.testing.assert_allclose([f.score for f in found], [e.score for e in expected], rtol=1e-3)
    with pytest.raises(ValueError, match="the model reads"):
        captioner([(pairs[0][0][..., :1], pairs[0][1])])
