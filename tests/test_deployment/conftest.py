"""A captioner with random weights that says sentences of different lengths, and its export."""

import pytest
import torch

from mmrsicc.apis import init_captioner
from mmrsicc.deployment.onnx_export import export_onnx

WORDS = ["<pad>", "<unk>", "<start>", "<end>", *(f"word{i}" for i in range(12))]
CONFIG = f"""
custom_imports = dict(imports=["tiny_backbone"])
default_scope = "mmrsicc"
backbone = dict(type="TinyBackbone")
model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone=backbone,
        change_detector=dict(
            type="SiameseChangeDetector", backbone=backbone, channels=8, source_dataset="none"
        ),
        neck=dict(type="JFM", channels=32, out_channels=32, grid_size=3, num_layers=1),
    ),
    speaker=dict(
        head=dict(type="TransformerCaptionHead", dims=32, num_heads=4, num_layers=2),
        tokenizer=dict(type="Vocabulary", words={WORDS}),
        decoding=dict(type="GreedySearch", max_length=9, length_penalty=0.7),
    ),
)
pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(32, 48)),
    dict(type="PackChangeInputs"),
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
"""


@pytest.fixture(scope="session")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "tiny.py"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="session")
def checkpoint(config):
    """Random weights, large enough that pairs are told apart."""
    torch.manual_seed(3)
    model = init_captioner(config, None)
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    path = config.with_suffix(".pth")
    torch.save({"state_dict": model.state_dict()}, path)
    return path


@pytest.fixture(scope="session")
def model(config, checkpoint):
    return init_captioner(config, checkpoint)


@pytest.fixture(scope="session")
def exported(model, tmp_path_factory):
    """Folder of the exported model."""
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"pip install {package}")
    folder = tmp_path_factory.mktemp("exported")
    export_onnx(model, folder)
    return folder
