"""Losses beside the captions' cross-entropy.

Read tgcl.py first; it is put together from a tap (taps.py), a similarity (similarities.py), a gate
on pairs (gates.py, pair_weights.py) and an objective (objectives.py). What weighs the terms of the
loss against each other is in balance/; losses of change masks are in masks/.
"""

from mmrsicc.models.losses.attention_sparsity import AttentionSparsityLoss
from mmrsicc.models.losses.balance import (
    CapBalance,
    DWABalance,
    GradNormBalance,
    NormBalance,
    UncertaintyBalance,
)
from mmrsicc.models.losses.map_distillation import MapDistillation
from mmrsicc.models.losses.masks import BCELoss, DiceLoss, FocalLoss, LovaszLoss
from mmrsicc.models.losses.similarities import (
    CosineSimilarity,
    FeatureGatedSimilarity,
    TokenSimilarity,
)
from mmrsicc.models.losses.text_guidance import (
    BandGate,
    ClosedGate,
    HardPairGate,
    PairRelations,
    PairWeights,
    SigmoidObjective,
    SoftLabelObjective,
    SoftmaxObjective,
    SoftPairGate,
    SoftTargetGate,
)
from mmrsicc.models.losses.tgcl import TGCL

__all__ = [
    "TGCL",
    "AttentionSparsityLoss",
    "BCELoss",
    "BandGate",
    "CapBalance",
    "ClosedGate",
    "CosineSimilarity",
    "DWABalance",
    "DiceLoss",
    "FeatureGatedSimilarity",
    "FocalLoss",
    "GradNormBalance",
    "HardPairGate",
    "LovaszLoss",
    "MapDistillation",
    "NormBalance",
    "PairRelations",
    "PairWeights",
    "SigmoidObjective",
    "SoftLabelObjective",
    "SoftPairGate",
    "SoftTargetGate",
    "SoftmaxObjective",
    "TokenSimilarity",
    "UncertaintyBalance",
]
