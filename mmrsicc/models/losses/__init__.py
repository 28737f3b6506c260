"""Losses beside the captions' cross-entropy.

Read tgcl.py first; it is put together from a similarity (similarities.py), a gate
(text_guidance.py) and the sentences of the pairs (texts.py). A policy that weighs the terms of the
loss against each other is in balance.py, losses of change masks in masks.py.
"""

from mmrsicc.models.losses.attention_sparsity import AttentionSparsityLoss
from mmrsicc.models.losses.balance import NormBalance
from mmrsicc.models.losses.map_distillation import MapDistillation
from mmrsicc.models.losses.masks import BCELoss, DiceLoss, FocalLoss, LovaszLoss
from mmrsicc.models.losses.similarities import (
    CosineSimilarity,
    TokenSimilarity,
)
from mmrsicc.models.losses.text_guidance import (
    ClosedGate,
    PairRelations,
    SoftPairGate,
)
from mmrsicc.models.losses.tgcl import TGCL

__all__ = [
    "TGCL",
    "AttentionSparsityLoss",
    "BCELoss",
    "ClosedGate",
    "CosineSimilarity",
    "DiceLoss",
    "FocalLoss",
    "LovaszLoss",
    "MapDistillation",
    "NormBalance",
    "PairRelations",
    "SoftPairGate",
    "TokenSimilarity",
]
