"""What the runner does at its stops, beyond what MMEngine has."""

from mmrsicc.engine.hooks import LossWarmupHook, ProgressHook, ProvenanceHook, TextEmbeddingHook

__all__ = ["LossWarmupHook", "ProgressHook", "ProvenanceHook", "TextEmbeddingHook"]
