"""A tiny data set, its config, one training run, and how tests run commands."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from data.make_levir_layout import make_levir_cc
from test_apis.conftest import checkpoint, folders

from mmrsicc.cli.main import main

__all__ = ["checkpoint", "folders"]

ROOT = Path(__file__).parents[2]
#: Starts a command in a process of its own.
MMRSICC = (sys.executable, "-m", "mmrsicc.cli.main")

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
            text_encoder=dict(_delete_=True, type="HashedNgramEncoder"), cache_dir="{data}/cache"
        )
    ),
)
val_evaluator = dict(type="ChangeCaptionMetric", scorers=("BLEU", "ROUGE-L", "CIDEr-D"))
test_evaluator = val_evaluator
train_cfg = dict(max_epochs=4, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=1))
work_dir = "{data}/work"
"""


class Done(NamedTuple):
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def command(*words: object) -> Done:
    """Runs a command in this process, which saves the time of starting one."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(word) for word in words])
            status = 0
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=err)
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(status, out.getvalue(), err.getvalue())


def succeed(*words: object) -> Done:
    """Runs a command in this process; on failure the test shows its output."""
    done = command(*words)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def refused(*words: object) -> str:
    """What a command says as it gives up: one line, but for argparse's usage."""
    done = command(*words)
    assert done.returncode in (1, 2) and "Traceback" not in done.stderr, done.stderr
    return done.stderr


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
