"""Lovasz-softmax loss of change masks."""

import torch
from torch import Tensor, nn

from mmrsicc.models.losses.masks.labels import any_counts
from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED


@MODELS.register_module()
class LovaszLoss(nn.Module):
    """Lovasz-softmax loss (Berman et al. 2018): 1 - IoU, made continuous.

    It is taken over all pixels of the batch and averaged over the classes that occur in the labels.
    Where all probabilities are 0 or 1, it is the mean of 1 - IoU exactly.

    Args:
        weight: Factor of this loss in the sum.
    """

    name = "lovasz"

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of logits (B, C, H, W) and labels (B, H, W)."""
        if not any_counts(labels):
            return logits.sum() * 0
        known = labels != IGNORED
        probabilities = logits.float().softmax(1).movedim(1, -1)[known]
        labels = labels[known]
        losses = [
            _extension((probabilities[:, k] - (labels == k).float()).abs(), labels == k)
            for k in labels.unique()
        ]
        return torch.stack(losses).mean()


def _extension(errors: Tensor, mask: Tensor) -> Tensor:
    """Lovasz extension of 1 - IoU at the errors (P,) of one class with the mask (P,).

    The largest errors are taken as wrong first; each weighs by how much 1 - IoU grows with it.
    """
    errors, order = errors.sort(descending=True)
    inside = mask[order].float()
    intersection = inside.sum() - inside.cumsum(0)
    union = inside.sum() + (1 - inside).cumsum(0)
    cost = 1 - intersection / union
    return (errors * cost.diff(prepend=cost.new_zeros(1))).sum()
