"""Auxiliary losses beside the captions' cross-entropy."""

from mmrsicc.models.losses.gates import SoftPairGate
from mmrsicc.models.losses.tgcl import TGCL, gated_contrastive_loss

__all__ = ["TGCL", "SoftPairGate", "gated_contrastive_loss"]
