"""Writes provenance into checkpoints."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmrsicc.registry import HOOKS
from mmrsicc.utils import unwrap
from mmrsicc.utils.provenance import PROVENANCE_KEY, provenance, provenance_of


@HOOKS.register_module()
class ProvenanceHook(Hook):
    """Writes vocabulary and provenance into every checkpoint, and checks them on resuming.

    With them, config and checkpoint caption a pair with no data set on disk.
    """

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Adds ``meta['mmrsicc']``."""
        checkpoint["meta"][PROVENANCE_KEY] = {
            "tokenizer": _tokenizer(runner),
            **provenance(runner.cfg),
        }

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Refuses to resume with another vocabulary; weights for a new run may have another.

        Raises:
            ValueError: If a resumed run's vocabulary is not the checkpoint's.
        """
        kept = provenance_of(checkpoint)
        if runner.cfg.get("resume") and kept and kept.get("tokenizer") != _tokenizer(runner):
            raise ValueError(
                "the checkpoint was trained with another vocabulary: resume with the config and "
                "the annotation file that it was trained with"
            )


def _tokenizer(runner: Runner) -> dict[str, Any] | None:
    model = unwrap(runner.model)
    tokenizer = getattr(getattr(model, "speaker", None), "tokenizer", None)
    return None if tokenizer is None else tokenizer.to_dict()
