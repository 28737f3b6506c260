"""Losses of change masks."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED
from mmrsicc.utils import mean_count, mean_sum


def _surprise(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross-entropy (P,) of each pixel, 0 where it does not count.

    Over a list of pixels, since that of images has no deterministic kernel on a GPU.
    """
    pixels = logits.float().movedim(1, -1).flatten(0, -2)
    return F.cross_entropy(
        pixels, labels.flatten(), weights, ignore_index=IGNORED, reduction="none"
    )


@MODELS.register_module()
class BCELoss(nn.Module):
    """Cross-entropy, averaged over the pixels.

    The softmax cross-entropy of two logits is the binary cross-entropy of their difference.

    Args:
        weight: Factor of this loss in the sum.
        class_weights: Weights of unchanged and changed pixels, for rare changes; the average is
            then the weighted one. None counts all alike.
    """

    name = "ce"
    class_weights: Tensor | None

    def __init__(self, weight: float = 1.0, class_weights: Sequence[float] | None = None) -> None:
        super().__init__()
        self.weight = weight
        given = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        self.register_buffer("class_weights", given, persistent=False)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of logits (B, C, H, W) and labels (B, H, W)."""
        total = _surprise(logits, labels, self.class_weights).sum()
        known = labels != IGNORED
        if self.class_weights is None:
            return total / mean_count(known)
        counted = self.class_weights[labels.masked_fill(~known, 0)].masked_fill(~known, 0)
        return total / mean_sum(counted)


@MODELS.register_module()
class DiceLoss(nn.Module):
    """Dice loss (Milletari et al. 2016) of the changed class, over all pixels of the batch.

    With probabilities p and labels y: ``1 - (2 sum(p y) + 1) / (sum(p) + sum(y) + 1)``. The ones
    make a batch without changes cost nothing where nothing is found.

    Args:
        weight: Factor of this loss in the sum.
    """

    name = "dice"
    binary = True

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of logits (B, 2, H, W) and labels (B, H, W)."""
        probability = logits.float().softmax(1)[:, 1] * (labels != IGNORED)
        changed = (labels == 1).float()
        overlap = 2 * (probability * changed).sum() + 1
        return 1 - overlap / (probability.sum() + changed.sum() + 1)


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
        surprise = _surprise(logits, labels)
        alpha = torch.where(labels.flatten() == 1, self.alpha, 1 - self.alpha)
        # Above 0, where a power below 1 has no finite slope.
        doubt = (1 - (-surprise).exp()).clamp_min(1e-7)
        losses = alpha * doubt**self.gamma * surprise
        return losses.sum() / mean_count(labels != IGNORED)


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
        known = (labels != IGNORED).flatten()
        probabilities = logits.float().softmax(1).movedim(1, -1).flatten(0, -2)
        losses, occurs = [], []
        for k, probability in enumerate(probabilities.unbind(1)):
            mask = (labels == k).flatten()
            # Below all others, so that what does not count is sorted behind them.
            errors = (probability - mask.float()).abs().masked_fill(~known, -1)
            losses.append(_extension(errors, mask))
            occurs.append(mask.any())
        among = torch.stack(occurs)
        return (torch.stack(losses) * among).sum() / among.sum().clamp_min(1)


def _extension(errors: Tensor, mask: Tensor) -> Tensor:
    """Lovasz extension of 1 - IoU at the errors (P,) of one class with the mask (P,).

    The largest errors are taken as wrong first; each weighs by how much 1 - IoU grows with it.
    Errors below 0 do not count. The sums are of whole numbers: those of floats have no
    deterministic kernel on a GPU.
    """
    errors, order = errors.sort(descending=True)
    inside = mask[order].long()
    intersection = inside.sum() - inside.cumsum(0)
    union = inside.sum() + (1 - inside).cumsum(0)
    cost = 1 - intersection / union
    return (errors.clamp_min(0) * cost.diff(prepend=cost.new_zeros(1))).sum()


def build_mask_losses(configs: Sequence[dict], num_classes: int = 2) -> nn.ModuleList:
    """Builds losses whose terms are to be summed.

    Args:
        configs: Of the losses.
        num_classes: Classes of the mask, with "unchanged".

    Raises:
        ValueError: If two are of one kind, or one cannot tell so many classes.
    """
    losses = nn.ModuleList(MODELS.build(config) for config in configs)
    names = [loss.name for loss in losses]
    if len(set(names)) < len(names):
        raise ValueError(f"two losses of one kind in {names}: give one, with its weight")
    binary = [type(loss).__name__ for loss in losses if getattr(loss, "binary", False)]
    if num_classes != 2 and binary:
        raise ValueError(
            f"{binary[0]} is for 2 classes, not num_classes={num_classes}: give BCELoss or "
            "LovaszLoss"
        )
    return losses
