"""Many runs, some at a time, each in a process of its own."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from mmengine.registry import init_default_scope

from mmrsicc.registry import MODELS
from mmrsicc.research.study.processes import start_context
from mmrsicc.research.study.run import Run, carry_out


def carry_out_all(runs: Sequence[Run], jobs: int, say: Callable[[str], None] = print) -> list[Run]:
    """Carries out the runs that are not done.

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
    _import_models(runs[0])
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


def _import_models(run: Run) -> None:
    """Imports what the models are made of, once for all that are forked."""
    cfg = run.study.config(run.arm, run.seed)
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    for part in (cfg.model, cfg.model.get("backbone") or {}):
        if "type" in part:
            MODELS.get(part["type"])


def _with_log(run: Run) -> None:
    """The run, with all that it and its own processes print in one file."""
    run.folder.mkdir(parents=True, exist_ok=True)
    log = os.open(run.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(log, stream.fileno())
    carry_out(run)
