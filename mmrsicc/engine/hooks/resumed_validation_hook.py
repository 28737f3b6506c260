"""Validation that an interrupted run had not finished."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmrsicc.registry import HOOKS

_VALIDATED = "validated"


@HOOKS.register_module()
class ResumedValidationHook(Hook):
    """Validates the last epoch of a resumed run first, if it had to be and was not.

    MMEngine saves the checkpoint of an epoch before it validates it, and a resumed run begins with
    the next one. So that epoch could not become the best one, and neither early stopping nor
    schedules that follow a score learned of it.
    """

    priority = "LOWEST"

    def before_train(self, runner: Runner) -> None:
        """Validates where the checkpoint that the run goes on from was saved before."""
        done, last = _progress(runner)
        loop = runner.train_loop
        known = runner.message_hub.runtime_info.get(_VALIDATED) == done
        if runner.val_loop is None or known or not done or done < loop.val_begin:
            return
        if done % loop.val_interval == 0 or done == last:
            runner.val_loop.run()

    def before_val_epoch(self, runner: Runner) -> None:
        """Notes what is validated, for checkpoints that are saved from here on."""
        runner.message_hub.update_info(_VALIDATED, _progress(runner)[0])


def _progress(runner: Runner) -> tuple[int, int]:
    """Epochs that were trained and their number in all; of loops without epochs, iterations."""
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        return runner.epoch, runner.max_epochs
    return runner.iter, runner.max_iters
