"""Residual branches left out at random."""

import torch.nn.functional as F
from torch import Tensor, nn


class DropPath(nn.Module):
    """Stochastic depth (Huang et al. 2016): drops the whole branch of a sample while training.

    Args:
        probability: How often; branches that stay are scaled up by as much.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, ...)."""
        if not self.training or self.probability == 0:
            return x
        ones = x.new_ones(x.shape[0], *[1] * (x.dim() - 1))
        return x * F.dropout(ones, self.probability)
