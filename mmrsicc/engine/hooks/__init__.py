"""Runner hooks."""

from mmrsicc.engine.hooks.loss_warmup_hook import LossWarmupHook
from mmrsicc.engine.hooks.plain_checkpoint_hook import PlainCheckpointHook
from mmrsicc.engine.hooks.progress_hook import ProgressHook
from mmrsicc.engine.hooks.provenance_hook import ProvenanceHook
from mmrsicc.engine.hooks.text_embedding_hook import TextEmbeddingHook

__all__ = [
    "LossWarmupHook",
    "PlainCheckpointHook",
    "ProgressHook",
    "ProvenanceHook",
    "TextEmbeddingHook",
]
