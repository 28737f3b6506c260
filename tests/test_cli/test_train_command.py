"""Options of training alone."""

from types import SimpleNamespace

import pytest

from mmrsicc.cli.main import main

CONFIG = """
default_hooks = dict(checkpoint=dict(type="CheckpointHook", save_best="Sm"))
train_dataloader = dict(dataset=dict(type="none"))
val_dataloader = dict(batch_size=2, dataset=dict(type="none"))
val_cfg = dict(type="ValLoop")
val_evaluator = dict(type="none")
"""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """The config with which a run of these options would start."""
    path, seen = tmp_path / "config.py", []
    path.write_text(CONFIG)

    def from_cfg(cfg):
        seen.append(cfg)
        return SimpleNamespace(train=lambda: None)

    monkeypatch.setattr("mmengine.runner.Runner.from_cfg", from_cfg)

    def start(*options):
        main(["train", str(path), "--work-dir", str(tmp_path / "work"), *options])
        return seen[-1]

    return start


def test_the_rate_is_scaled_by_a_batch_size_of_the_command_line(started):
    with pytest.raises(SystemExit, match=r"--auto-scale-lr: .*add auto_scale_lr = dict\(base_"):
        started("--auto-scale-lr")
    options = ("--cfg-options", "auto_scale_lr.base_batch_size=16")
    cfg = started("--auto-scale-lr", *options)
    assert cfg.auto_scale_lr == {"base_batch_size": 16, "enable": True}


def test_nothing_is_validated_whatever_else_is_set(started):
    cfg = started("--no-validate", "--cfg-options", "val_dataloader.batch_size=4")
    assert (cfg.val_dataloader, cfg.val_cfg, cfg.val_evaluator) == (None, None, None)
    assert "save_best" not in cfg.default_hooks.checkpoint
