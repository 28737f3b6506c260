"""Runs of a study: an arm with a seed, trained once and tested on every split."""

import logging
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmrsicc.apis.testing import score_checkpoint
from mmrsicc.research.study.study import Study
from mmrsicc.utils import atomic_path, only_writer
from mmrsicc.utils.allocator import keep_freed_memory
from mmrsicc.utils.config_file import import_parts
from mmrsicc.utils.decisive_config import decisive, selection
from mmrsicc.utils.launch import set_device_options
from mmrsicc.utils.plain_config import plain_config
from mmrsicc.utils.processes import share_threads, stop_with_parent
from mmrsicc.utils.resume import checkpoint_folder, final_checkpoint, set_start

#: File of a run's config in its folder.
CONFIG = "config.py"


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
        """Its folder in the work dir of the study, such as ``full/seed42``."""
        return self.study.place(self.arm, self.seed)

    def results(self, split: str) -> Path:
        """The captions of a split."""
        return self.folder / f"{split}.jsonl"

    def record(self, split: str) -> Path:
        """Record of a split's test: scores and their provenance."""
        return self.results(split).with_suffix(".meta.json")

    @property
    def done(self) -> bool:
        """Whether every split was tested."""
        return all(self.record(split).is_file() for split in self.study.splits)

    def check(self) -> None:
        """Checks that the folder holds nothing or a run of this config, and that one best is kept.

        Raises:
            ValueError: If it is one of another, or keeps several.
        """
        best = selection(self.config())["save_best"]
        if isinstance(best, list | tuple) and len(best) > 1:
            raise ValueError(
                f"{self.arm} keeps several best checkpoints, by {', '.join(best)}: name the score "
                "that chooses the one to test in default_hooks.checkpoint.save_best"
            )
        kept = self.folder / CONFIG
        if not kept.is_file():
            return
        try:  # The file may come from elsewhere, so it is parsed, not executed.
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
    return [Run(study, arm, s, folder / study.place(arm, s)) for s in seeds for arm in arms]


def found_runs(study: Study, folder: Path) -> list[Run]:
    """Finished runs of a study's arms with any seed, whoever made them; see :func:`finished`."""
    found = []
    for arm in study.arms:
        names = [p.name[4:] for p in (folder / study.place(arm, 0)).parent.glob("seed*")]
        seeds = sorted(int(name) for name in names if name.isdecimal())
        found += runs_of(study, folder, [arm], seeds)
    return finished(found)


def finished(runs: Iterable[Run]) -> list[Run]:
    """Runs that are done.

    Raises:
        ValueError: If the folder of any holds a run of another config.
    """
    runs = list(runs)
    for run in runs:
        run.check()
    return [run for run in runs if run.done]


def run_arm(run: Run) -> None:
    """Trains, or resumes, and tests on the splits that were not tested yet.

    The best checkpoint is tested where the config keeps a best one, else the last.

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
        # A training that stopped early would go on when it is resumed.
        ended = run.folder / "trained"
        if not ended.is_file():
            set_start(cfg, "auto")
            set_device_options(cfg)
            Runner.from_cfg(cfg).train()
            ended.touch()
        for split in run.study.splits:
            if not run.record(split).is_file():
                cfg = run.config()
                cfg.test_dataloader.dataset.split = split
                set_device_options(cfg)
                best = bool(selection(cfg)["save_best"])
                weights = final_checkpoint(checkpoint_folder(cfg), best)
                record = score_checkpoint(
                    cfg, str(kept), None if weights is None else str(weights), run.results(split)
                )
                for warning in record["warnings"]:
                    print_log(warning, logger="current", level=logging.WARNING)


def run_all(runs: Sequence[Run], jobs: int) -> list[Run]:
    """Runs what is not done yet, ``jobs`` at a time, and returns the runs that failed.

    Each has a process of its own, whose output goes to ``log.txt`` in its folder, and its share of
    the cores. One that fails does not stop the others.

    Raises:
        ValueError: If a folder holds a run of another config; nothing is started then.
    """
    print(f"{len(finished(runs))} of {len(runs)} runs are done already")
    waiting = [run for run in runs if not run.done]
    # A process that is forked from one that has computed with several threads, or has asked for
    # GPUs, can hang.
    context = get_context("spawn")
    running: dict[Any, tuple[Run, BaseProcess]] = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < jobs:
            run = waiting.pop(0)
            process = context.Process(target=_with_log, args=(run, jobs))
            process.start()
            running[process.sentinel] = run, process
            print(f"{datetime.now():%H:%M} {run.name}: started, log in {run.folder / 'log.txt'}")
        for sentinel in wait(list(running)):
            run, ended = running.pop(sentinel)
            ended.join()
            failed += [run] if ended.exitcode else []
            result = "FAILED" if ended.exitcode else "done"
            print(f"{datetime.now():%H:%M} {run.name}: {result}, {len(waiting)} waiting")
    return failed


def _with_log(run: Run, jobs: int) -> None:
    """The run, one of so many at a time, with its output in one file; it ends with the study."""
    stop_with_parent()
    share_threads(jobs)
    run.folder.mkdir(parents=True, exist_ok=True)
    log = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    keep_freed_memory()
    run_arm(run)
