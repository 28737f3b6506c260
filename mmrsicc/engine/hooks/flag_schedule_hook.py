"""Schedule of the change flag: its loss, and which flag the speaker gets."""

import math

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.engine.hooks.epochs import check_epochs
from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class FlagScheduleHook(Hook):
    """Schedules flag head and speaker as HiSem does (Wang et al. 2026, TGRS).

    The flag's loss counts nothing at first, and then more and more, along half a cosine up to the
    last epoch. The speaker is given the true flags at first, and then those that the flag head
    predicts, as in a test.

    Args:
        quiet_epochs: Epochs in which the flag's loss counts nothing; at least 1.
        taught_epochs: Epochs in which the speaker is given the true flags.

    Raises:
        ValueError: If ``quiet_epochs`` < 1 or ``taught_epochs`` < 0; in training, if the model has
            no flag head, or the loop counts no epochs.
    """

    def __init__(self, quiet_epochs: int = 4, taught_epochs: int = 41) -> None:
        if quiet_epochs < 1:
            raise ValueError(f"FlagScheduleHook: quiet_epochs={quiet_epochs} must be 1 or more")
        if taught_epochs < 0:
            raise ValueError(f"FlagScheduleHook: taught_epochs={taught_epochs} must be 0 or more")
        self.quiet_epochs = quiet_epochs
        self.taught_epochs = taught_epochs

    def before_train_epoch(self, runner: Runner) -> None:
        """Sets the model's ``loss_factors`` and ``teaches_flags``."""
        model = unwrap(runner.model)
        if getattr(model, "flag_head", None) is None:
            raise ValueError(
                "FlagScheduleHook: the model has no flag_head: take the hook out of custom_hooks"
            )
        check_epochs(runner, "FlagScheduleHook")
        last = self.quiet_epochs - 1
        passed = max(0, runner.epoch - last) / max(1, runner.max_epochs - last)
        model.loss_factors["flag"] = 0.5 * (1 - math.cos(math.pi * passed))
        model.teaches_flags = runner.epoch < self.taught_epochs
