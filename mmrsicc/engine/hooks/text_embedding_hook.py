"""Encodes the training sentences once, before training."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap


@HOOKS.register_module()
class TextEmbeddingHook(Hook):
    """Gives every loss that asks for texts the sentences of the training set.

    The frozen text encoder thus runs once per distinct sentence, outside the training loop.
    """

    def before_train(self, runner: Runner) -> None:
        """Calls ``prepare_texts(sentences, changed_captions)`` of each loss that has it.

        Raises:
            TypeError: If the training set cannot tell its sentences.
        """
        dataset = runner.train_dataloader.dataset
        if not hasattr(dataset, "sentences"):
            raise TypeError(
                f"TextEmbeddingHook asks the training set for its sentences(), which "
                f"{type(dataset).__name__} does not have: train on a ChangeCaptionDataset itself, "
                "or take the hook and the losses that need texts out of the config"
            )
        sentences = dataset.sentences()
        for loss in unwrap(runner.model).losses.values():
            if hasattr(loss, "prepare_texts"):
                loss.prepare_texts(sentences, dataset.changed_captions())
