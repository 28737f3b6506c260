"""Gates of the contrastive loss: how far two pairs mean the same."""

from math import exp

from torch import Tensor, nn

from mmrsicc.registry import MODELS


@MODELS.register_module()
class SoftPairGate(nn.Module):
    """``g = sigmoid((S - theta) / kappa) / sigmoid((1 - theta) / kappa)``, S a similarity.

    A gate of 1 says "same meaning": the two pairs are no negatives of each other. The denominator
    makes that exact for equal captions (S = 1), which the bare sigmoid leaves a little apart.

    Args:
        theta: Similarity at which the gate is half open.
        kappa: Width of the transition.
    """

    def __init__(self, theta: float = 0.85, kappa: float = 0.05) -> None:
        super().__init__()
        self.theta = theta
        self.kappa = kappa

    def forward(self, similarity: Tensor) -> Tensor:
        """(B, B) cosine similarities of caption prototypes to gates in [0, 1]."""
        widest = 1 / (1 + exp(-(1 - self.theta) / self.kappa))
        return (((similarity - self.theta) / self.kappa).sigmoid() / widest).clamp_max(1)
