"""Schedule of the weight of a further loss."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class LossScheduleHook(Hook):
    """Warm-up of an auxiliary loss: its weight rises linearly from 0.

    Args:
        loss: Name of the loss in the captioner's ``losses``.
        warmup_epochs: Length of the rise in epochs.

    Raises:
        ValueError: If ``warmup_epochs`` is not above 0; in training, if the model has no such loss.
    """

    def __init__(self, loss: str, warmup_epochs: float) -> None:
        if warmup_epochs <= 0:
            raise ValueError(
                f"LossScheduleHook: warmup_epochs={warmup_epochs} must be above 0; for no warm-up "
                "take the hook out of custom_hooks"
            )
        self.loss = loss
        self.warmup_epochs = warmup_epochs

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: object = None) -> None:
        """Sets the model's ``loss_factors`` by the iteration, also of a resumed run."""
        model = unwrap(runner.model)
        if self.loss not in model.losses:
            raise ValueError(
                f"LossScheduleHook: the model has no auxiliary loss {self.loss!r}, only "
                f"{sorted(model.losses)}: take the hook out of custom_hooks, or name one "
                "of them"
            )
        epoch = runner.iter / len(runner.train_dataloader)
        model.loss_factors[self.loss] = min(1.0, epoch / self.warmup_epochs)
