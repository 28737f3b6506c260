"""Gates of the contrastive loss: how far two pairs mean the same."""

from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class SoftPairGate(nn.Module):
    """``g_ij = sigmoid((S_ij - theta) / kappa)`` from the similarity S of two pairs' captions.

    A gate of 1 says "same meaning": the two are no negatives of each other.

    Args:
        theta: Similarity at which the gate is half open.
        kappa: Width of the transition.
    """

    def __init__(self, theta: float = 0.85, kappa: float = 0.05) -> None:
        super().__init__()
        self.theta = theta
        self.kappa = kappa

    def forward(self, similarity: Tensor) -> Tensor:
        """(B, B) cosine similarities of caption prototypes to gates in (0, 1)."""
        return ((similarity - self.theta) / self.kappa).sigmoid()
