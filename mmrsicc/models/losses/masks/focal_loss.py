"""Focal loss of change masks."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.losses.masks.labels import any_counts
from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED


@MODELS.register_module()
class FocalLoss(nn.Module):
    """Focal loss (Lin et al. 2017), averaged over the pixels.

    With q the probability of a pixel's own class: ``-alpha (1 - q)^gamma log(q)`` where it is
    changed, and ``1 - alpha`` in place of alpha where it is not.

    Args:
        weight: Factor of this loss in the sum.
        alpha: Weight of changed pixels, between 0 and 1.
        gamma: How much less pixels count that are right already; 0 gives cross-entropy.
    """

    name = "focal"
    binary = True

    def __init__(self, weight: float = 1.0, alpha: float = 0.25, gamma: float = 2.0) -> None:
        super().__init__()
        self.weight = weight
        self.alpha = alpha
        self.gamma = gamma

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of logits (B, 2, H, W) and labels (B, H, W)."""
        if not any_counts(labels):
            return logits.sum() * 0
        surprise = F.cross_entropy(logits.float(), labels, ignore_index=IGNORED, reduction="none")
        alpha = torch.where(labels == 1, self.alpha, 1 - self.alpha)
        losses = alpha * (1 - (-surprise).exp()) ** self.gamma * surprise
        return losses[labels != IGNORED].mean()
