"""Tiny captioners with random weights that read bands: of one sensor, and of two."""

from pathlib import Path

import torch
from mmengine import Config
from mmengine.registry import init_default_scope

from mmrsicc.datasets.no_change import NO_CHANGE_SENTENCES
from mmrsicc.registry import MODELS

WORDS = ["<pad>", "<unk>", "<start>", "<end>"]
WORDS += sorted({w for s in NO_CHANGE_SENTENCES for w in s.split()})
WORDS += ["lake", "dries", "up", "water", "becomes", "bare", "land"]
BANDS = 10
LOADING = {
    "one": "dict(type='LoadBands', picture_bands=((3, 2, 1), (3, 2, 1)))",
    "two": "dict(type='LoadBands', same_sensor=False, decibels=(True, False),"
    " picture_bands=((1,), (3, 2, 1)))",
}
OPTICAL = "dict(mean=[1500.0] * 10, std=[1000.0] * 10)"
STATISTICS = {
    "one": f"dict(before={OPTICAL})",
    "two": f"dict(before=dict(mean=[-11.0, -18.0], std=[5.0, 5.0]), after={OPTICAL})",
}
STEMS = {"one": 10, "two": 3}
CONFIG = """
default_scope = "mmrsicc"
model = dict(
    type="ChangeCaptioner",
    encoder=dict(
        statistics={statistics},
        {stems}
        backbone=dict(
            type="EfficientNetLite", arch="lite0", out_indices=(1, 2), in_channels={channels}
        ),
        neck=dict(type="JFM", channels=32, out_channels=32, grid_size=3, num_layers=1),
    ),
    speaker=dict(
        head=dict(type="TransformerCaptionHead", dims=32, num_heads=4, num_layers=1),
        tokenizer=dict(type="Vocabulary", words={words}),
        decoding=dict(type="GreedySearch", max_length=8),
    ),
)
pipeline = [
    {loading},
    dict(type="ResizePair", scale=(32, 32)),
    dict(type="PackChangeInputs"),
]
test_dataloader = dict(dataset=dict(pipeline=pipeline))
"""


def band_config(sensors: str) -> str:
    """Text of the config of a captioner of ``one`` sensor or ``two``."""
    stems = "stems=[dict(type='BandStem'), dict(type='BandStem')]," if sensors == "two" else ""
    return CONFIG.format(
        statistics=STATISTICS[sensors],
        stems=stems,
        channels=STEMS[sensors],
        words=WORDS,
        loading=LOADING[sensors],
    )


def write_band_model(folder: Path, sensors: str) -> Path:
    """Checkpoint of such a captioner, with its config in it."""
    cfg = Config.fromstring(band_config(sensors), ".py")
    init_default_scope("mmrsicc")
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    for parameter in model.parameters():  # Else the new head says the same of all pairs.
        parameter.data += 0.3 * torch.randn_like(parameter)
    tokenizer = {"type": "Vocabulary", "words": WORDS}
    meta = {"cfg": cfg.pretty_text, "mmrsicc": {"tokenizer": tokenizer}}
    path = folder / f"{sensors}.pth"
    torch.save({"state_dict": model.state_dict(), "meta": meta}, path)
    return path
