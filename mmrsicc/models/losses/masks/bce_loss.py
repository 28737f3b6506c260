"""Cross-entropy of change masks."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.losses.masks.labels import any_counts
from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED


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

    def __init__(self, weight: float = 1.0, class_weights: Sequence[float] | None = None) -> None:
        super().__init__()
        self.weight = weight
        self.class_weights = class_weights

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Of logits (B, C, H, W) and labels (B, H, W)."""
        if not any_counts(labels):
            return logits.sum() * 0
        logits = logits.float()
        weights = None if self.class_weights is None else logits.new_tensor(self.class_weights)
        return F.cross_entropy(logits, labels, weight=weights, ignore_index=IGNORED)
