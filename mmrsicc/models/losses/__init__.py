"""Auxiliary losses beside the captions' cross-entropy.

Read tgcl.py first; it is put together from a tap (taps.py), a similarity (similarities.py), a gate
on pairs (gates.py, pair_weights.py) and an objective (objectives.py). What weighs the terms of the
loss against each other is in balance/.
"""

from mmrsicc.models.losses.balance import (
    CapBalance,
    DWABalance,
    GradNormBalance,
    NormBalance,
    UncertaintyBalance,
)
from mmrsicc.models.losses.gates import (
    BandGate,
    ClosedGate,
    HardPairGate,
    SoftPairGate,
    SoftTargetGate,
)
from mmrsicc.models.losses.objectives import SigmoidObjective, SoftLabelObjective, SoftmaxObjective
from mmrsicc.models.losses.pair_weights import PairRelations, PairWeights
from mmrsicc.models.losses.similarities import (
    CosineSimilarity,
    FeatureGatedSimilarity,
    TokenSimilarity,
)
from mmrsicc.models.losses.tgcl import TGCL

__all__ = [
    "TGCL",
    "BandGate",
    "CapBalance",
    "ClosedGate",
    "CosineSimilarity",
    "DWABalance",
    "FeatureGatedSimilarity",
    "GradNormBalance",
    "HardPairGate",
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
