"""A captioner with random weights, and pictures of noise: what is said does not matter here."""

import numpy as np
import pytest
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from PIL import Image

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.registry import MODELS

SPECIALS = ["<pad>", "<unk>", "<start>", "<end>"]
NO_CHANGE_WORDS = sorted({word for s in NO_CHANGE_SENTENCES for word in s.split()})
WORDS = [*SPECIALS, *NO_CHANGE_WORDS, "house", "road", "built"]

MODEL_CONFIG = """
default_scope = "mmrsicc"
backbone = dict(
    type="mmseg.MixVisionTransformer", embed_dims=8, num_layers=[1, 1, 1, 1], num_heads=[1, 1, 2, 2]
)
model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        backbone=backbone,
        change_detector=dict(
            type="SiameseChangeDetector", backbone=backbone, channels=8, source_dataset="none"
        ),
        neck=dict(type="JFM", channels=32, out_channels=32, grid_size=2),
    ),
    speaker=dict(
        head=dict(type="TransformerCaptionHead", dims=32, num_heads=4),
        tokenizer=dict(type="Vocabulary", ann_file="no/such/LevirCCcaptions.json"),
        decoding=dict(type="GreedySearch", max_length=8),
    ),
    losses=dict(tgcl=dict(type="TGCL", text_encoder=dict(type="NotForCaptioning"))),
)
test_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadPair"),
            dict(type="ResizePair", scale=(64, 64)),
            dict(type="PackChangeInputs"),
        ]
    )
)
"""


def write_checkpoint(path, words=WORDS, tokenizer="Vocabulary"):
    """A checkpoint as a training run leaves it: weights, config and vocabulary."""
    cfg = Config.fromstring(MODEL_CONFIG, ".py")
    init_default_scope("mmrsicc")
    tokenizer = {"type": tokenizer, "words": list(words)}
    torch.manual_seed(0)
    parts = {key: value for key, value in cfg.model.items() if key != "losses"}
    parts["speaker"]["tokenizer"] = tokenizer
    model = MODELS.build(parts)
    for parameter in model.parameters():  # Else the new head says the same of all pairs.
        parameter.data += 0.3 * torch.randn_like(parameter)
    weights = {**model.state_dict(), "losses.tgcl.temperature": torch.tensor(0.07)}
    meta = {"cfg": cfg.pretty_text, "mmrsicc": {"tokenizer": tokenizer}}
    torch.save({"state_dict": weights, "meta": meta}, path)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("weights") / "noise.pth")


@pytest.fixture
def folders(tmp_path):
    """Both dates of five pairs, each pair of another size and kind."""
    generator = np.random.default_rng(0)
    shapes = {"a": (64, 64, 3), "b": (48, 80, 3), "c": (50, 40), "d": (100, 70, 4), "e": (30, 30)}
    for date in ("before", "after"):
        (tmp_path / date).mkdir()
        for name, shape in shapes.items():
            deep = name == "e"
            pixels = generator.integers(65536 if deep else 256, size=shape)
            pixels = pixels.astype(np.uint16 if deep else np.uint8)
            Image.fromarray(pixels).save(tmp_path / date / f"{name}.png")
    return tmp_path / "before", tmp_path / "after"
