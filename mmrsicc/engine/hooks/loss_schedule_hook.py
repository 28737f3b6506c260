"""Schedule of the weight of a further loss."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class LossScheduleHook(Hook):
    """Schedules an auxiliary loss against the captions' loss.

    For ``alone_epochs`` the auxiliary loss is trained by itself, as CLIP4IDC trains retrieval
    before captioning; then both. Without such a time, its weight rises linearly from 0 over
    ``warmup_epochs``.

    Args:
        loss: Name of the loss in the captioner's ``losses``.
        warmup_epochs: Length of the rise in epochs.
        alone_epochs: Epochs at the start in which the captions' loss counts nothing.

    Raises:
        ValueError: If both times are given; in training, if the model has no such loss.
    """

    def __init__(self, loss: str, warmup_epochs: float = 0.0, alone_epochs: float = 0.0) -> None:
        if warmup_epochs and alone_epochs:
            raise ValueError(
                "LossScheduleHook: a loss trains alone at first or rises from 0: give "
                "warmup_epochs or alone_epochs"
            )
        self.loss = loss
        self.warmup_epochs = warmup_epochs
        self.alone_epochs = alone_epochs

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
        if self.alone_epochs:
            model.loss_factors["caption"] = float(epoch >= self.alone_epochs)
        rise = min(1.0, epoch / self.warmup_epochs) if self.warmup_epochs else 1.0
        model.loss_factors[self.loss] = rise
