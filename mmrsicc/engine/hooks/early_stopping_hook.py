"""Early stopping that a resumed run continues."""

from __future__ import annotations

from typing import Any

from mmengine import hooks
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS

_KEPT = "early_stopping"


@HOOKS.register_module()
class EarlyStoppingHook(hooks.EarlyStoppingHook):
    """MMEngine's early stopping, whose best score and patience checkpoints hold.

    MMEngine's counts from zero again in a resumed run, which then trains longer than a whole one.
    """

    #: Before checkpoints are saved, and before a resumed run is validated.
    priority = "LOW"

    def before_train(self, runner: Runner) -> None:
        """Takes over what the checkpoint of a resumed run holds."""
        if kept := runner.message_hub.runtime_info.get(_KEPT):
            self.best_score, self.wait_count = kept

    def after_val_epoch(self, runner: Runner, metrics: dict[str, Any] | None = None) -> None:
        """Stops if need be, and notes best score and count."""
        super().after_val_epoch(runner, metrics)
        runner.message_hub.update_info(_KEPT, [self.best_score, self.wait_count])
