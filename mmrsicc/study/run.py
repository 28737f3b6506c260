"""One arm of a study with one seed: trained once, tested on every split."""

import copy
import logging
from dataclasses import dataclass
from pathlib import Path

from mmengine import Config
from mmengine.logging import print_log
from mmengine.runner import Runner, find_latest_checkpoint

from mmrsicc.apis.testing import test_checkpoint
from mmrsicc.study.study import Study


@dataclass(frozen=True)
class Run:
    """One arm with one seed, and where its files are.

    Attributes:
        study: What it is part of.
        arm: Name of the arm.
        seed: Its seed.
        folder: Of checkpoints, logs and results: a run that finds its files there goes on.
    """

    study: Study
    arm: str
    seed: int
    folder: Path

    @property
    def name(self) -> str:
        """Arm and seed, for people."""
        return f"{self.arm}, seed {self.seed}"

    def results(self, split: str) -> Path:
        """The captions of a split."""
        return self.folder / f"{split}.jsonl"

    @property
    def done(self) -> bool:
        """Whether every split was tested."""
        return all(
            self.results(split).with_suffix(".meta.json").is_file() for split in self.study.splits
        )


def carry_out(run: Run) -> None:
    """Trains, or goes on training, and tests what was not tested yet.

    Raises:
        ValueError: If the folder holds a run of another config.
    """
    cfg = run.study.config(run.arm, run.seed)
    cfg.work_dir = str(run.folder)
    cfg.launcher = "none"
    _keep_config(cfg, run.folder / "config.py")
    cfg.resume = True
    Runner.from_cfg(copy.deepcopy(cfg)).train()
    checkpoint = find_latest_checkpoint(cfg.work_dir)
    for split in run.study.splits:
        if run.results(split).with_suffix(".meta.json").is_file():
            continue
        tested = copy.deepcopy(cfg)
        tested.test_dataloader.dataset.split = split
        kept = str(run.folder / "config.py")
        record = test_checkpoint(tested, kept, checkpoint, run.results(split))
        for warning in record["warnings"]:
            print_log(warning, logger="current", level=logging.WARNING)


def _keep_config(cfg: Config, path: Path) -> None:
    """Writes a run's config, or makes sure that it is the one that was written."""
    text = cfg.pretty_text
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise ValueError(
            f"{path.parent} holds a run of another config ({path}): the study or its base was "
            "changed since; name another --work-dir, or remove that folder"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
