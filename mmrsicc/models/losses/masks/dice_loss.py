"""Dice loss of change masks."""

from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED


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
