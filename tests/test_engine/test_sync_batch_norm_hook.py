"""Running statistics of batch norms over two processes."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import CheckpointHook, EMAHook
from mmengine.runner import EpochBasedTrainLoop
from torch import nn
from two_processes import run_in_two_processes

from mmrsicc.engine.hooks import SyncBatchNormHook
from mmrsicc.engine.hooks.sync_batch_norm_hook import average_statistics


def network():
    torch.manual_seed(0)
    model = nn.ModuleDict({"own": nn.BatchNorm2d(3), "frozen": nn.BatchNorm2d(3)})
    return model.train()


def step(model, rank):
    """Statistics of other images in each process, also of a norm that is frozen afterwards."""
    generator = torch.Generator().manual_seed(rank)
    for norm in model.values():
        norm(torch.randn(4, 3, 8, 8, generator=generator) * (1 + rank) + rank)
    model["frozen"].eval()


def train(rank, folder):
    model = network()
    step(model, rank)
    average_statistics(model)
    torch.save(model.state_dict(), folder / f"{rank}.pth")


def test_statistics_are_the_mean_of_all_processes(tmp_path):
    run_in_two_processes(train, tmp_path)
    first, second = (torch.load(tmp_path / f"{rank}.pth") for rank in range(2))
    alone = []
    for rank in range(2):
        model = network()
        step(model, rank)
        alone.append(model.state_dict())
    for name in ("running_mean", "running_var"):
        mean = (alone[0][f"own.{name}"] + alone[1][f"own.{name}"]) / 2
        torch.testing.assert_close(first[f"own.{name}"], mean)
        assert torch.equal(first[f"own.{name}"], second[f"own.{name}"])
        for found, own in zip((first, second), alone, strict=True):
            assert torch.equal(found[f"frozen.{name}"], own[f"frozen.{name}"])


def train_with_average(rank, folder):
    model = nn.Sequential(nn.BatchNorm1d(2)).train()
    runner = SimpleNamespace(model=model, iter=0, epoch=0, _resume=False)
    average, hook = EMAHook(), SyncBatchNormHook()
    runner.hooks = [hook, average]
    average.before_run(runner)
    model(torch.randn(4, 2, generator=torch.Generator().manual_seed(rank)))
    average.after_train_iter(runner, 0)
    hook.after_train_epoch(runner)
    checkpoint = {"state_dict": dict(model.state_dict())}
    average.before_val_epoch(runner)
    validated = model.state_dict()["0.running_mean"].clone()
    average.after_val_epoch(runner)
    average.before_save_checkpoint(runner, checkpoint)
    torch.save([validated, checkpoint["state_dict"]["0.running_mean"]], folder / f"{rank}.pth")


def test_running_averages_of_the_weights_have_the_statistics_that_are_validated(tmp_path):
    run_in_two_processes(train_with_average, tmp_path)
    first, *others = [m for rank in range(2) for m in torch.load(tmp_path / f"{rank}.pth")]
    assert first.any() and all(torch.equal(first, other) for other in others)


@pytest.mark.parametrize(("by_epoch", "expected"), [(True, ["epoch"]), (False, [2, 3, 4, 5])])
def test_it_averages_before_what_validates_or_saves_and_at_the_end(monkeypatch, by_epoch, expected):
    done = []
    monkeypatch.setattr(
        "mmrsicc.engine.hooks.sync_batch_norm_hook.average_statistics",
        lambda model: done.append(now[0]),
    )
    loop = object.__new__(EpochBasedTrainLoop) if by_epoch else SimpleNamespace()
    hook, now = SyncBatchNormHook(), [None]
    for iteration in range(5):
        now[0] = iteration + 1
        runner = SimpleNamespace(
            model=None, train_loop=loop, iter=iteration, val_interval=2, max_iters=5
        )
        runner.hooks = [CheckpointHook(interval=3, by_epoch=False)]
        hook.after_train_iter(runner, iteration)
    now[0] = "epoch"
    if by_epoch:
        hook.after_train_epoch(runner)
    assert done == expected
