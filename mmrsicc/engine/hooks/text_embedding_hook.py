"""Encodes the training sentences once, before training."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS


@HOOKS.register_module()
class TextEmbeddingHook(Hook):
    """Gives every auxiliary loss that asks for texts the sentences of the training set.

    The frozen text encoder thus runs once per distinct sentence, outside the training loop.
    """

    def before_train(self, runner: Runner) -> None:
        """Calls ``prepare_texts(sentences)`` of each loss that has it."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        sentences = runner.train_dataloader.dataset.sentences()
        for loss in model.auxiliary_losses.values():
            if hasattr(loss, "prepare_texts"):
                loss.prepare_texts(sentences)
