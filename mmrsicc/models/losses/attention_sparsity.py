"""Attention sparsity loss: limits how much of the images a neck attends to."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.utils import mean_count


@MODELS.register_module()
class AttentionSparsityLoss(nn.Module):
    """Sum of a neck's attention over all places, which DUDA (Park et al. 2019) keeps small.

    Averaged over both dates and over the changed pairs of all processes; unchanged pairs do not
    count. A pair without a change flag counts as changed.

    Args:
        loss_weight: Weight of the loss.
    """

    def __init__(self, loss_weight: float = 2.5e-3) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(
        self, features: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Reads ``attention`` of the features.

        Returns:
            ``loss_attention``, and ``attention_sum``, the same without its weight.

        Raises:
            ValueError: If the neck has no attention.
        """
        if features.attention is None:
            raise ValueError(
                "AttentionSparsityLoss needs a neck with attention: use DualAttention, or remove "
                "this loss"
            )
        before, after = features.attention
        sums = (before + after).flatten(1).sum(1) / 2
        flags = torch.tensor([sample.get("change_flag", 1) for sample in samples])
        changed = flags.to(sums.device, non_blocking=True) != 0
        mean = (sums * changed).sum() / mean_count(changed)
        return {"loss_attention": self.loss_weight * mean, "attention_sum": mean.detach()}
