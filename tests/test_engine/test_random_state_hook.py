"""A resumed run makes the random draws that it would have made without a stop."""

import random
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner

from mmrsicc.engine.hooks import RandomStateHook


class Draws(torch.utils.data.Dataset):
    """Samples that are drawn when they are loaded."""

    metainfo = {}

    def __len__(self):
        return 3

    def __getitem__(self, index):
        drawn = np.random.rand()  # noqa: NPY002 - as MMCV's transforms draw
        return {"x": [random.random(), drawn, torch.rand(1).item()]}


class Recorder(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight, self.draws = torch.nn.Parameter(torch.zeros(1)), []

    def forward(self, x, mode):
        self.draws.append([*map(float, np.ravel(x)), torch.rand(1).item()])
        return {"loss": self.weight.sum()}


def train(folder, steps, resume=None, workers=0, by_epoch=True):
    """Trains; returns what the model gets and draws in each step."""
    kind, unit = ("DefaultSampler", "epochs") if by_epoch else ("InfiniteSampler", "iters")
    checkpoint = {"type": "CheckpointHook", "interval": 1, "by_epoch": by_epoch}
    runner = Runner(
        model=Recorder(),
        work_dir=str(folder),
        train_dataloader={
            "batch_size": 1,
            "dataset": Draws(),
            "num_workers": workers,
            "persistent_workers": workers > 0,
            "sampler": {"type": kind, "shuffle": True},
        },
        train_cfg={"by_epoch": by_epoch, f"max_{unit}": steps},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 1.0}},
        default_hooks={
            "checkpoint": checkpoint,
            "plain_checkpoint": {"type": "PlainCheckpointHook"},
            "random_state": {"type": "RandomStateHook"},
        },
        default_scope="mmrsicc",
        randomness={"seed": 3},
        resume=resume is not None,
        load_from=resume,
        log_level="ERROR",
        experiment_name=str(folder),
    )
    runner.train()
    return runner.model.draws


def test_it_goes_on_as_if_it_had_not_stopped(tmp_path):
    whole = train(tmp_path / "whole", 4)
    resumed = train(tmp_path / "resumed", 4, str(tmp_path / "whole" / "epoch_2.pth"))
    assert resumed == whole[6:]


@pytest.mark.parametrize(("workers", "by_epoch"), [(1, True), (0, False), (1, False)])
def test_elsewhere_no_draw_comes_twice(tmp_path, workers, by_epoch):
    whole = train(tmp_path / "whole", 4, workers=workers, by_epoch=by_epoch)
    start = tmp_path / "whole" / f"{'epoch' if by_epoch else 'iter'}_2.pth"
    resumed = train(tmp_path / "resumed", 4, str(start), workers, by_epoch)
    count = 6 if by_epoch else 2
    assert len(resumed) == len(whole) - count
    before, after = ({draw for step in run for draw in step} for run in (whole[:count], resumed))
    assert not before & after


def test_an_older_checkpoint_is_resumed_with_other_draws(tmp_path):
    whole = train(tmp_path / "whole", 2)
    path = tmp_path / "whole" / "epoch_1.pth"
    content = torch.load(path, weights_only=True)
    kept = content.pop("random_states")
    torch.save(content, path)
    assert train(tmp_path / "older", 2, str(path))[0] not in whole
    torch.save({**content, "random_states": {**kept, "torch": kept["torch"][:9]}}, path)
    with pytest.raises(ValueError, match="random states in the checkpoint are damaged"):
        train(tmp_path / "damaged", 2, str(path))


@pytest.mark.parametrize("start", [None, partial(print, end=""), print])
def test_a_start_of_workers_of_ones_own_stays(start):
    loader = SimpleNamespace(persistent_workers=True, worker_init_fn=start)
    runner = SimpleNamespace(iter=2, seed=3, train_loop=None, train_dataloader=loader)
    RandomStateHook().before_train(runner)
    assert loader.worker_init_fn is start
