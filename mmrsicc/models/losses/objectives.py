"""What a contrastive loss makes of similarities and of the weights that a gate gives them.

An objective takes (R, C) similarities of anchors and candidates, the temperature, the
:class:`PairWeights` and the :class:`PairRelations` of the same R and C; it returns (R,) nats.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.losses.pair_weights import PairRelations, PairWeights
from mmrsicc.registry import MODELS


@MODELS.register_module()
class SoftmaxObjective(nn.Module):
    """Each positive against the anchor's true negatives.

    With l the similarities over temperature, P the positives' and n the negatives' weights::

        L_i = - sum_j P_ij log( e^l_ij / (e^l_ij + sum_{k != j} n_ik e^l_ik) )

    With own positives alone and n = 1 elsewhere this is InfoNCE (van den Oord et al. 2018).
    """

    def forward(
        self,
        similarity: Tensor,
        temperature: Tensor,
        weights: PairWeights,
        relations: PairRelations,
    ) -> Tensor:
        """Each anchor needs a negative: (R, C) similarities to (R,) nats."""
        logits = similarity / temperature
        negatives = (logits + weights.negatives.log()).logsumexp(1, keepdim=True)
        # A positive that counts as a negative, too, stands in `negatives` with part of its weight.
        rest = (1 - weights.negatives).log()
        return (weights.positives * torch.logaddexp(negatives - logits, rest)).sum(1)


@MODELS.register_module()
class SoftLabelObjective(nn.Module):
    """:class:`SoftmaxObjective` and a likeness to the captions' own similarities (CUSA, AAAI 2024).

    Adds ``weight * KL( softmax(S_i / text_temperature) || softmax(s_i / t) )``, S the captions'
    and s the model's similarities, t learned between 0.1 and 0.99.

    Args:
        weight: Weight of the added term.
        text_temperature: Of the captions' similarities.
    """

    def __init__(self, weight: float = 0.1, text_temperature: float = 1.0) -> None:
        super().__init__()
        self.weight = weight
        self.text_temperature = text_temperature
        self.softmax = SoftmaxObjective()
        self.temperature_logit = nn.Parameter(torch.zeros(()))

    def forward(
        self,
        similarity: Tensor,
        temperature: Tensor,
        weights: PairWeights,
        relations: PairRelations,
    ) -> Tensor:
        """(R, C) similarities to (R,) nats."""
        own_temperature = 0.1 + 0.89 * self.temperature_logit.sigmoid()
        target = (relations.similarity / self.text_temperature).log_softmax(1)
        predicted = (similarity / own_temperature).log_softmax(1)
        divergence = F.kl_div(predicted, target, reduction="none", log_target=True).sum(1)
        gated = self.softmax(similarity, temperature, weights, relations)
        return gated + self.weight * divergence


@MODELS.register_module()
class SigmoidObjective(nn.Module):
    """Every candidate by itself: yes or no (SigLIP, Zhai et al. 2023).

    ``L_i = - sum_j [ p_ij log sigma(l_ij + b) + n_ij log sigma(-(l_ij + b)) ]``, p being 1 for each
    positive, n the negatives' weights and b a learned bias.

    Args:
        bias: Initial bias; low, since nearly all candidates are negatives.
    """

    def __init__(self, bias: float = -10.0) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(bias))

    def forward(
        self,
        similarity: Tensor,
        temperature: Tensor,
        weights: PairWeights,
        relations: PairRelations,
    ) -> Tensor:
        """(R, C) similarities to (R,) nats."""
        logits = similarity / temperature + self.bias
        positives = (weights.positives > 0).float()
        kept = positives * F.logsigmoid(logits) + weights.negatives * F.logsigmoid(-logits)
        return -kept.sum(1)
