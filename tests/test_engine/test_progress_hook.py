import io
import logging
import sys
from types import SimpleNamespace

import pytest
import torch

from mmrsicc.engine.hooks import ProgressHook


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def streams(monkeypatch):
    """Sets the standard output and error streams of a terminal that knows colours."""

    def replace(stdout, stderr):
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", stderr)
        monkeypatch.setenv("TERM", "xterm")

    return replace


def make_runner(stream):
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    batches = [None] * 2
    return SimpleNamespace(
        epoch=0,
        max_epochs=3,
        iter=0,
        max_iters=6,
        train_loop=None,
        train_dataloader=batches,
        val_dataloader=batches,
        logger=logger,
    )


def run_epoch(hook, runner):
    outputs = {"loss": torch.tensor(1.25)}
    hook.before_train_epoch(runner)
    hook.after_train_iter(runner, 0, None, outputs)
    runner.logger.warning("a line of the log")
    hook.before_val_epoch(runner)  # as MMEngine's loop over iterations validates
    hook.after_val_iter(runner, 0)
    hook.after_val_epoch(runner)
    hook.after_train_iter(runner, 1, None, outputs)
    hook.after_train_epoch(runner)


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_show_in_terminals_only(streams, terminal):
    stream = Terminal() if terminal else io.StringIO()
    streams(stream, stream)
    runner = make_runner(stream)
    run_epoch(ProgressHook(), runner)
    text = stream.getvalue()
    assert "a line of the log" in text
    assert runner.logger.handlers[0].stream is stream
    assert ("epoch 1/3" in text and "validation" in text) is terminal


def test_log_lines_do_not_run_into_a_bar(streams):
    stream = Terminal()
    streams(stream, stream)
    runner = make_runner(stream)
    run_epoch(ProgressHook(), runner)
    before = stream.getvalue().split("a line of the log")[0]
    # The bar's line was erased, or ended, right before the log's line.
    assert before.endswith(("\n", "\x1b[2K"))


def test_a_log_in_a_file_leaves_the_bars_to_the_terminal(streams):
    terminal, file = Terminal(), io.StringIO()
    streams(file, terminal)
    run_epoch(ProgressHook(), make_runner(file))
    assert file.getvalue() == "a line of the log\n"
    assert "epoch 1/3" in terminal.getvalue() and "1/6" in terminal.getvalue()
