"""One arm of a study with one seed: trained once, tested on every split."""

import copy
import inspect
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.research.study.processes import import_parts
from mmrsicc.research.study.study import Study
from mmrsicc.utils import atomic_path, only_writer
from mmrsicc.utils.plain_config import plain_config
from mmrsicc.utils.resume import newest_checkpoint, set_start

#: File of a run's config in its folder.
CONFIG = "config.py"

#: Empty file in the folder of a run whose training has ended, early or not.
TRAINED = "trained"

#: Hooks of default_hooks that do not decide about scores; the checkpoint's choice is looked at.
_STANDARD_HOOKS = {
    *("runtime_info", "timer", "logger", "param_scheduler", "checkpoint", "sampler_seed"),
    *("provenance", "plain_checkpoint", "progress", "visualization"),
}


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

    def check(self) -> None:
        """Makes sure that what the folder holds, if anything, is a run of this config.

        Raises:
            ValueError: If it is one of another.
        """
        kept = self.folder / CONFIG
        if kept.is_file() and decisive(_kept_config(kept)) != decisive(self.config()):
            raise ValueError(
                f"{self.folder} holds a run of another config ({kept}): the study or its base was "
                "changed since; name another --work-dir, or remove that folder"
            )

    def config(self) -> Config:
        """What is trained, and where."""
        cfg = self.study.config(self.arm, self.seed)
        cfg.work_dir = str(self.folder)
        cfg.launcher = "none"
        return cfg


def _kept_config(path: Path) -> Config:
    """The config in a run's folder, which somebody else may have made: it is not run."""
    try:
        return Config(plain_config(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(
            f"{path} {error}: it is not from a run; name another --work-dir"
        ) from error


def carry_out(run: Run) -> None:
    """Trains, or goes on training, and tests what was not tested yet.

    Raises:
        ValueError: If the folder holds a run of another config, or another process works there.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    with only_writer(run.folder):
        run.check()
        cfg = run.config()
        import_parts(cfg)
        kept = run.folder / CONFIG
        if not kept.is_file():
            with atomic_path(kept) as path:
                path.write_text(cfg.pretty_text, encoding="utf-8")
        # One that stopped early would train on when it is resumed.
        if not (run.folder / TRAINED).is_file():
            _train(run, cfg)
        for split in run.study.splits:
            if not run.results(split).with_suffix(".meta.json").is_file():
                _test(run, cfg, split)


def _train(run: Run, cfg: Config) -> None:
    cfg = copy.deepcopy(cfg)
    set_start(cfg, "auto")
    Runner.from_cfg(cfg).train()
    (run.folder / TRAINED).touch()


def _test(run: Run, cfg: Config, split: str) -> None:
    cfg = copy.deepcopy(cfg)
    cfg.test_dataloader.dataset.split = split
    checkpoint, out = _checkpoint(run, cfg), run.results(split)
    record = score_checkpoint(cfg, str(run.folder / CONFIG), checkpoint, out)
    for warning in record["warnings"]:
        print_log(warning, logger="current", level=logging.WARNING)


def _checkpoint(run: Run, cfg: Config) -> str | None:
    """The best one where the config keeps a best one, else the last; None without weights."""
    if _selection(cfg)["save_best"]:
        best = list(run.folder.glob("best_*.pth"))
        if not best:
            raise ValueError(
                f"{run.folder} has no best checkpoint, though save_best is set: it was never "
                "validated, lower train_cfg.val_interval"
            )
        return str(max(best, key=lambda path: path.stat().st_mtime))
    last = newest_checkpoint(run.folder)
    return None if last is None else str(last)


def decisive(cfg: Config) -> dict[str, Any]:
    """What of a config decides about the trained model and its scores.

    Left out are where its files go and its logs, and variables that the runner does not know.
    """
    known = {*inspect.signature(Runner.__init__).parameters, "auto_scale_lr", "custom_imports"}
    known -= {"work_dir", "default_hooks", "custom_hooks", "visualizer", "log_level", "launcher"}
    kept = {key: value for key, value in cfg.to_dict().items() if key in known}
    return {**kept, "hooks": own_hooks(cfg), "selection": _selection(cfg)}


def own_hooks(cfg: Config) -> list[dict[str, Any]]:
    """What a config's runs have besides the standard hooks, wherever it says so."""
    plain = cfg.to_dict()
    defaults = (plain.get("default_hooks") or {}).items()
    added = [hook for name, hook in defaults if hook and name not in _STANDARD_HOOKS]
    return [*(plain.get("custom_hooks") or []), *added]


def _selection(cfg: Config) -> dict[str, Any]:
    """By which score the best checkpoint is kept, if it is."""
    hook = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    return {key: hook.get(key) for key in ("save_best", "rule")}
