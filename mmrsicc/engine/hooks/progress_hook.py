"""A progress bar for terminals."""

import atexit
import sys
from logging import StreamHandler
from typing import Any, TextIO

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import IterBasedTrainLoop, Runner
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mmrsicc.registry import HOOKS


@HOOKS.register_module()
class ProgressHook(Hook):
    """Rich progress bars of training, validation and test; silent without a terminal.

    They are drawn on the standard error stream: below the log where that goes to the same
    terminal, by themselves where it goes to a file. They vanish when their epoch is over.
    """

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def _before_epoch(self, runner: Runner, mode: str = "train") -> None:
        if not (is_main_process() and sys.stderr.isatty()):
            return
        if self._bars is None:
            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                # Rich's global console may have been configured for another stream.
                console=Console(stderr=True),
                redirect_stdout=sys.stdout.isatty(),
                transient=True,
            )
            self._bars.start()
            atexit.register(self._bars.stop)  # Restores the cursor after an interrupt.
            _log_to(runner, sys.stdout)  # Rich may have replaced it.
        label, total, done = _extent(runner, mode)
        self._tasks[mode] = self._bars.add_task(label, total=total, completed=done, note="")

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
        mode: str = "train",
    ) -> None:
        if self._bars is not None:
            note = f"loss {outputs['loss'].item():.3f}" if mode == "train" else ""
            self._bars.update(self._tasks[mode], advance=1, note=note)

    def _after_epoch(self, runner: Runner, mode: str = "train") -> None:
        if self._bars is not None:
            self._bars.remove_task(self._tasks.pop(mode))
            if not self._tasks:
                self._bars.stop()
                self._bars = None
                _log_to(runner, sys.stdout)


def _log_to(runner: Runner, stream: TextIO) -> None:
    """Sends the log's lines for the terminal elsewhere, so that they do not run into the bars."""
    for handler in runner.logger.handlers:
        if type(handler) is StreamHandler:
            handler.setStream(stream)


def _extent(runner: Runner, mode: str) -> tuple[str, int, int]:
    """Name of a bar, its number of iterations, and how many are done.

    Training's spans all epochs, so that the time left is that of the run.
    """
    if mode == "val":
        return "validation", len(runner.val_dataloader), 0
    if mode == "test":
        return "test", len(runner.test_dataloader), 0
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        return "training", runner.max_iters, runner.iter
    return f"epoch {runner.epoch + 1}/{runner.max_epochs}", runner.max_iters, runner.iter
