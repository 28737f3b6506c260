"""A tiny data set, its config, and one training run that the tool tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from data.make_levir_layout import make_levir_cc

ROOT = Path(__file__).parents[2]

CONFIG = """
_base_ = ["{root}/configs/dfm/dfm_levircc-mini.py"]

data_root = "{data}"
pipeline = [
    dict(type="LoadPair"),
    dict(type="ResizePair", scale=(64, 64)),
    dict(type="PackChangeInputs"),
]
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    batch_size=2, **loader, dataset=dict(data_root=data_root, pipeline=pipeline)
)
val_dataloader = dict(batch_size=2, **loader, dataset=dict(data_root=data_root, pipeline=pipeline))
test_dataloader = dict(batch_size=2, **loader, dataset=dict(data_root=data_root, pipeline=pipeline))
model = dict(
    encoder=dict(
        backbone=dict(embed_dims=8, num_layers=[1, 1, 1, 1], num_heads=[1, 1, 2, 2]),
        change_detector=dict(
            backbone=dict(embed_dims=8, num_layers=[1, 1, 1, 1], num_heads=[1, 1, 2, 2]),
            channels=8,
            checkpoint=None,
        ),
        neck=dict(channels=32, out_channels=64, grid_size=2),
    ),
    speaker=dict(
        head=dict(dims=64),
        tokenizer=dict(ann_file=data_root + "/LevirCCcaptions.json"),
    ),
    losses=dict(
        tgcl=dict(
            text_encoder=dict(_delete_=True, type="HashedNgramEncoder"),
            cache_dir="{data}/cache",
        )
    ),
)
val_evaluator = dict(type="ChangeCaptionMetric", scorers=("BLEU", "ROUGE-L", "CIDEr-D"))
test_evaluator = val_evaluator
train_cfg = dict(max_epochs=4, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=1))
work_dir = "{data}/work"
"""


def run_tool(*command: object, **kwargs) -> subprocess.CompletedProcess:
    """Runs a command of the repository; on failure the test shows its output."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        **kwargs,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


@pytest.fixture(scope="session")
def tiny_config(tmp_path_factory) -> Path:
    """A config of DFM in miniature on seven training and five test pairs."""
    data = make_levir_cc(tmp_path_factory.mktemp("levir"), pairs=(7, 3, 5))
    config = data / "tiny.py"
    config.write_text(CONFIG.format(root=ROOT, data=data))
    return config


@pytest.fixture(scope="session")
def trained(tiny_config) -> Path:
    """The checkpoint of a whole run of tools/train.py."""
    run_tool(sys.executable, "tools/train.py", tiny_config)
    return tiny_config.parent / "work" / "epoch_4.pth"
