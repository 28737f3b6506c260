"""Flag head: the probability that a pair shows a change."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class FlagHead(nn.Module):
    """Linear classifier of the change flag on the pooled difference.

    A speaker may be told its answer (``flag_condition`` of a transformer head), as PromptCC (Liu et
    al. 2023) and HiSem (2026) tell their decoders: the true flag in training, the predicted one in
    a test.

    Args:
        in_channels: Channels of the pooled vector.
        loss_weight: Weight of the binary cross-entropy.
        outputs: 1; or 2, a score of unchanged and one of changed, as published classifiers have:
            the logit is the second less the first.
        bias: Whether the classifier has a bias.
    """

    def __init__(
        self, in_channels: int, loss_weight: float = 1.0, outputs: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.classify = nn.Linear(in_channels, outputs, bias=bias)

    def forward(self, features: DifferenceFeatures) -> Tensor:
        """(B,) logits of a change."""
        return self.logits(features.pooled)

    def logits(self, pooled: Tensor) -> Tensor:
        """(B,) logits of a change, of one vector (B, D) per pair."""
        scores = self.classify(pooled)
        return scores[:, 0] if scores.shape[1] == 1 else scores[:, 1] - scores[:, 0]

    def loss(self, features: DifferenceFeatures, flags: Tensor) -> dict[str, Tensor]:
        """Compares with the true flags (B,).

        Returns:
            ``loss_flag``, and ``flag_accuracy`` in percent.
        """
        logits = self(features).float()
        loss = F.binary_cross_entropy_with_logits(logits, flags.to(logits))
        right = (logits > 0) == (flags > 0)
        return {
            "loss_flag": self.loss_weight * loss,
            "flag_accuracy": 100.0 * right.float().mean(),
        }
