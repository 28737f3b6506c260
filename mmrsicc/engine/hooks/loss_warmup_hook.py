"""Lets an auxiliary loss in gradually."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class LossWarmupHook(Hook):
    """Raises the weight of an auxiliary loss linearly from 0 to its full value.

    Args:
        loss: Name of the loss in the captioner's ``auxiliary_losses``; it has ``warmup``.
        epochs: Length of the rise in epochs.

    Raises:
        ValueError: In training, if the model has no such loss.
    """

    def __init__(self, loss: str, epochs: float = 1.0) -> None:
        self.loss = loss
        self.epochs = epochs

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: object = None) -> None:
        """Sets ``warmup`` from the iteration, so that a resumed run goes on where it was."""
        losses = unwrap(runner.model).auxiliary_losses
        if self.loss not in losses:
            raise ValueError(
                f"LossWarmupHook: the model has no auxiliary loss {self.loss!r}, only "
                f"{sorted(losses)}: take the hook out of custom_hooks, or name one of them"
            )
        rise = self.epochs * len(runner.train_dataloader)
        losses[self.loss].warmup = min(1.0, runner.iter / rise) if rise else 1.0
