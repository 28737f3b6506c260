"""Policies that weigh the terms of the loss against each other while training goes on."""

from mmrsicc.models.losses.balance.cap import CapBalance
from mmrsicc.models.losses.balance.dwa import DWABalance
from mmrsicc.models.losses.balance.gradnorm import GradNormBalance
from mmrsicc.models.losses.balance.norm import NormBalance
from mmrsicc.models.losses.balance.uncertainty import UncertaintyBalance

__all__ = [
    "CapBalance",
    "DWABalance",
    "GradNormBalance",
    "NormBalance",
    "UncertaintyBalance",
]
