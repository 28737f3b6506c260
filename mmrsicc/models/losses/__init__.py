"""Losses beside the captions' cross-entropy.

Read tgcl.py first; it is put together from a similarity (similarities.py), a gate
(text_guidance.py) and the sentences of the pairs (texts.py). Policies that weigh the terms of the
loss against each other are in balance.py, losses of change masks in masks.py.
"""

from mmrsicc.models.losses.attention_sparsity import AttentionSparsityLoss
from mmrsicc.models.losses.balance import (
    CapBalance,
    NormBalance,
)
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
    "CapBalance",
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
