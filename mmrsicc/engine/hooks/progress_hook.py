"""A progress bar for people who watch."""

import sys
from collections.abc import Sequence
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
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
    """Rich progress bars of training, validation and test; silent where no terminal listens."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def _open(self, label: str, total: int, done: int = 0) -> None:
        if not (is_main_process() and sys.stderr.isatty()):
            return
        from rich.console import Console

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task(label, total=total, completed=done, note="")

    def _advance(self, note: str = "") -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, note=note)

    def _close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def before_train_epoch(self, runner: Runner) -> None:
        label = f"epoch {runner.epoch + 1}/{runner.max_epochs}"
        self._open(label, len(runner.train_dataloader))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        if self._progress is not None and outputs is not None:
            self._advance(f"loss {outputs['loss'].item():.3f}")

    def after_train_epoch(self, runner: Runner) -> None:
        self._close()

    def before_val_epoch(self, runner: Runner) -> None:
        self._open("validation", len(runner.val_dataloader))

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        self._advance()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        self._close()

    def before_test_epoch(self, runner: Runner) -> None:
        self._open("test", len(runner.test_dataloader))

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        self._advance()

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        self._close()
