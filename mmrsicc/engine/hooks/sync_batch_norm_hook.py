"""Running statistics of batch norms that are those of all processes."""

from typing import Any

from mmengine.dist import all_reduce_params, get_world_size
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class SyncBatchNormHook(Hook):
    """Averages the running statistics of batch norms over all processes before a validation.

    Each process of DistributedDataParallel counts its own share of the data. Without this, a
    validation scores as many models as there are processes, and a checkpoint holds the statistics
    of the first alone. Norms in eval mode, such as those of frozen parts, stay as they are. So it
    is for a running average of the weights (``EMAHook``).
    """

    def after_train_epoch(self, runner: Runner) -> None:
        """Averages before the checkpoint is written."""
        _average_all(runner)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Averages where the loop validates or saves between iterations, and after the last."""
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        intervals = [runner.val_interval]
        intervals += [hook.interval for hook in runner.hooks if isinstance(hook, CheckpointHook)]
        due = any(self.every_n_train_iters(runner, interval) for interval in intervals)
        if due or self.is_last_train_iter(runner):
            _average_all(runner)


def _average_all(runner: Runner) -> None:
    """Averages over processes in the model, and in running averages of its weights."""
    average_statistics(unwrap(runner.model))
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            average_statistics(hook.ema_model.module)


def average_statistics(model: nn.Module) -> None:
    """Sets running means and variances of norms in training to their means over all processes."""
    if get_world_size() == 1:
        return
    statistics = [
        buffer
        for module in model.modules()
        if isinstance(module, _NormBase) and module.training
        for buffer in (module.running_mean, module.running_var)
        if buffer is not None
    ]
    if statistics:
        all_reduce_params(statistics, op="mean")
