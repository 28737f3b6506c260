"""Runs of a study: an arm with a seed, trained once and tested on every split."""

import copy
import inspect
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.research.study.processes import import_parts, start_context
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
        """Checks that the folder holds nothing, or a run of this config.

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
        """Config that is trained, with its folder."""
        cfg = self.study.config(self.arm, self.seed)
        cfg.work_dir = str(self.folder)
        cfg.launcher = "none"
        return cfg


def runs_of(study: Study, folder: Path, arms: Iterable[str], seeds: Iterable[int]) -> list[Run]:
    """Runs of the arms, seed by seed, so that a stopped study has whole rows of few seeds."""
    arms = list(arms)
    places = {arm: folder / study.folders.get(arm, arm) for arm in arms}
    return [Run(study, arm, s, places[arm] / f"seed{s}") for s in seeds for arm in arms]


def found_runs(study: Study, folder: Path) -> list[Run]:
    """Finished runs of a study's arms, whoever made them.

    Raises:
        ValueError: If a run's folder holds a run of another config.
    """
    found = []
    for arm in study.arms:
        names = sorted(p.name for p in (folder / study.folders.get(arm, arm)).glob("seed*"))
        seeds = [int(name[4:]) for name in names if name[4:].isdecimal()]
        found += runs_of(study, folder, [arm], seeds)
    for run in found:
        run.check()
    return [run for run in found if run.done]


def _kept_config(path: Path) -> Config:
    """The config in a run's folder, which somebody else may have made: it is not run."""
    try:
        return Config(plain_config(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(
            f"{path} {error}: it is not from a run; name another --work-dir"
        ) from error


def run_arm(run: Run) -> None:
    """Trains, or goes on training, and tests on the splits that were not tested yet.

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


def run_all(runs: Sequence[Run], jobs: int, say: Callable[[str], None] = print) -> list[Run]:
    """Runs what is not done yet, some at a time, each in a process of its own.

    A run's output goes to ``log.txt`` in its folder. One that fails does not stop the others.

    Args:
        runs: What is to be done, in this order.
        jobs: How many at a time; they share cores and GPUs.
        say: Tells of every start and end.

    Returns:
        The runs that failed.

    Raises:
        ValueError: If a folder holds a run of another config; nothing is started then.
    """
    for run in runs:
        run.check()
    context = start_context()
    waiting = [run for run in runs if not run.done]
    say(f"{len(runs) - len(waiting)} of {len(runs)} runs are done already")
    running: dict[int, tuple[Run, BaseProcess, float]] = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < jobs:
            run = waiting.pop(0)
            process: BaseProcess = context.Process(target=_with_log, args=(run,))
            process.start()
            running[process.sentinel] = (run, process, time.monotonic())
            say(f"{run.name}: started, log in {run.folder / 'log.txt'}")
        for sentinel in wait(list(running)):
            assert isinstance(sentinel, int)
            run, ended, start = running.pop(sentinel)
            ended.join()
            minutes = (time.monotonic() - start) / 60
            if ended.exitcode == 0:
                say(f"{run.name}: done in {minutes:.1f} min, {len(waiting)} waiting")
            else:
                failed.append(run)
                say(f"{run.name}: FAILED after {minutes:.1f} min, see {run.folder / 'log.txt'}")
    return failed


def _with_log(run: Run) -> None:
    """The run, with the output of its process in one file."""
    run.folder.mkdir(parents=True, exist_ok=True)
    log = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    run_arm(run)


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
    """Part of a config that decides about the trained model and its scores.

    Left out are where its files go and its logs, and variables that the runner does not know.
    """
    known = {*inspect.signature(Runner.__init__).parameters, "auto_scale_lr", "custom_imports"}
    known -= {"work_dir", "default_hooks", "custom_hooks", "visualizer", "log_level", "launcher"}
    kept = {key: value for key, value in cfg.to_dict().items() if key in known}
    return {**kept, "hooks": own_hooks(cfg), "selection": _selection(cfg)}


def own_hooks(cfg: Config) -> list[dict[str, Any]]:
    """Hooks of a config besides the standard ones, wherever they are named."""
    plain = cfg.to_dict()
    defaults = (plain.get("default_hooks") or {}).items()
    added = [hook for name, hook in defaults if hook and name not in _STANDARD_HOOKS]
    return [*(plain.get("custom_hooks") or []), *added]


def _selection(cfg: Config) -> dict[str, Any]:
    """Score by which the best checkpoint is kept, if it is."""
    hook = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    return {key: hook.get(key) for key in ("save_best", "rule")}
