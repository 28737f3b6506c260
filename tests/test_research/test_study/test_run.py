"""A run is trained once, however often its folder is visited."""

import pytest
import torch
from mmengine import Config

from mmrsicc.research.study import run as module
from mmrsicc.research.study.run import Run, run_arm
from mmrsicc.research.study.study import Study

CONFIG = {"model": {"type": "A"}, "test_dataloader": {"dataset": {"split": "test"}}}


@pytest.fixture
def steps(monkeypatch):
    """What is done, in order; the first test fails."""
    done = []

    class Trainer:
        @staticmethod
        def from_cfg(cfg):
            done.append("resumed" if cfg.resume else "built")
            return Trainer()

        def train(self):
            done.append("trained")

    def score(cfg, config, checkpoint, out):
        done.append(f"scored {cfg.test_dataloader.dataset.split}")
        if len(done) == 3:
            raise RuntimeError("no space left")
        out.with_suffix(".meta.json").write_text("{}")
        return {"warnings": []}

    monkeypatch.setattr(module, "Runner", Trainer)
    monkeypatch.setattr(module, "score_checkpoint", score)
    return done


def test_a_trained_run_is_tested_again_but_never_trained_on(steps, tmp_path):
    """One that stopped early would otherwise go on training, and be another than was chosen."""

    def run(*splits):
        return Run(Study("s", {"a": Config(CONFIG)}, splits, {}, ()), "a", 3, tmp_path)

    with pytest.raises(RuntimeError, match="no space"):
        run_arm(run("val"))
    run_arm(run("val"))
    run_arm(run("val", "test"))
    assert steps == ["built", "trained", "scored val", "scored val", "scored test"]
    assert run("val", "test").done


def test_an_interrupted_training_goes_on(steps, tmp_path):
    state = {key: {} for key in ("state_dict", "optimizer", "message_hub")}
    state["meta"] = {"epoch": 1, "iter": 1}
    torch.save(state, tmp_path / "epoch_1.pth")
    with pytest.raises(RuntimeError):
        run_arm(Run(Study("s", {"a": Config(CONFIG)}, ("val",), {}, ()), "a", 3, tmp_path))
    assert steps[0] == "resumed"


def test_several_best_checkpoints_are_refused_before_training(steps, tmp_path):
    hook = {"checkpoint": {"save_best": ["BLEU-4", "classes/mIoU"]}}
    config = Config(CONFIG | {"default_hooks": hook})
    with pytest.raises(ValueError, match="a keeps several best checkpoints, by BLEU-4, classes/mI"):
        run_arm(Run(Study("s", {"a": config}, ("val",), {}, ()), "a", 3, tmp_path))
    assert steps == []


def test_runs_have_a_gpus_options_and_their_folder_has_not(steps, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "set_device_options", lambda cfg: seen.append(cfg.work_dir))
    with pytest.raises(RuntimeError):
        run_arm(Run(Study("s", {"a": Config(CONFIG)}, ("val",), {}, ()), "a", 3, tmp_path))
    assert seen == [str(tmp_path)] * 2
    assert "pin_memory" not in (tmp_path / "config.py").read_text()
