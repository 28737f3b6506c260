"""Runs of a study: an arm with a seed, trained once and tested on every split."""

import inspect
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from mmengine import Config
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmengine.utils import import_modules_from_strings

from mmrsicc.apis.testing import score_checkpoint
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

    def record(self, split: str) -> Path:
        """What the test of a split wrote last: scores and all that they rest on."""
        return self.results(split).with_suffix(".meta.json")

    @property
    def done(self) -> bool:
        """Whether every split was tested."""
        return all(self.record(split).is_file() for split in self.study.splits)

    def check(self) -> None:
        """Checks that the folder holds nothing, or a run of this config.

        Raises:
            ValueError: If it is one of another.
        """
        kept = self.folder / CONFIG
        if not kept.is_file():
            return
        try:  # Somebody else may have made the file: it is not run.
            trained = Config(plain_config(kept.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(
                f"{kept} {error}: it is not from a run; name another --work-dir"
            ) from error
        if decisive(trained) != decisive(self.config()):
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
    return finished(found)


def finished(runs: Iterable[Run]) -> list[Run]:
    """Those that are done.

    Raises:
        ValueError: If the folder of any holds a run of another config.
    """
    runs = list(runs)
    for run in runs:
        run.check()
    return [run for run in runs if run.done]


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
            set_start(cfg, "auto")
            Runner.from_cfg(cfg).train()
            (run.folder / TRAINED).touch()
        for split in run.study.splits:
            if not run.record(split).is_file():
                _test(run, split)


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
    say(f"{len(finished(runs))} of {len(runs)} runs are done already")
    waiting = [run for run in runs if not run.done]
    context = start_context()
    running: dict[Any, tuple[Run, BaseProcess, float]] = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < jobs:
            run = waiting.pop(0)
            process = context.Process(target=_with_log, args=(run,))
            process.start()
            running[process.sentinel] = (run, process, time.monotonic())
            say(f"{run.name}: started, log in {run.folder / 'log.txt'}")
        for sentinel in wait(list(running)):
            run, ended, start = running.pop(sentinel)
            ended.join()
            took = f"{(time.monotonic() - start) / 60:.1f} min"
            if ended.exitcode == 0:
                say(f"{run.name}: done in {took}, {len(waiting)} waiting")
            else:
                failed.append(run)
                say(f"{run.name}: FAILED after {took}, see {run.folder / 'log.txt'}")
    return failed


def start_context() -> ForkContext | SpawnContext:
    """Start of processes: forked, which saves the imports, or anew where there is a GPU.

    A process that has asked for GPUs, as mmengine does when it is imported, has no use of them once
    it is forked.
    """
    if torch.cuda.is_available():
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("fork")


def import_parts(cfg: Config) -> None:
    """Imports a config's ``custom_imports``, as reading its file does; a new process has not."""
    if imports := cfg.get("custom_imports"):
        import_modules_from_strings(**imports)


def _with_log(run: Run) -> None:
    """The run, with the output of its process in one file."""
    run.folder.mkdir(parents=True, exist_ok=True)
    log = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    run_arm(run)


def _test(run: Run, split: str) -> None:
    cfg = run.config()
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
