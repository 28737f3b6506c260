"""Gates and objectives of the text guidance: which pairs count, and what is made of that."""

from dataclasses import dataclass
from math import exp

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS


@dataclass
class PairRelations:
    """Relations of R anchors and C candidates of a contrastive loss.

    Attributes:
        similarity: (R, C) cosine similarities of their caption embeddings.
        own: (R, C) bool, whether the candidate belongs to the anchor.
        identical: (R, C) bool, whether both have the same set of captions.
        anchor_flags: (R,) change flags, 0 or 1; -1 where unknown.
        candidate_flags: (C,), the same of the candidates.
    """

    similarity: Tensor
    own: Tensor
    identical: Tensor
    anchor_flags: Tensor
    candidate_flags: Tensor

    @property
    def transposed(self) -> "PairRelations":
        """Anchors and candidates exchanged."""
        return PairRelations(
            self.similarity.T,
            self.own.T,
            self.identical.T,
            self.candidate_flags,
            self.anchor_flags,
        )

    def first_candidates(self, count: int) -> "PairRelations":
        """The same with the first candidates alone."""
        return PairRelations(
            self.similarity[:, :count],
            self.own[:, :count],
            self.identical[:, :count],
            self.anchor_flags,
            self.candidate_flags[:count],
        )

    def with_candidates(self, similarity: Tensor, own: Tensor) -> "PairRelations":
        """The same with further candidates, of which neither all captions nor flags are known."""
        unknown = self.candidate_flags.new_full((own.shape[1],), -1)
        return PairRelations(
            torch.cat([self.similarity, similarity], dim=1),
            torch.cat([self.own, own], dim=1),
            torch.cat([self.identical, torch.zeros_like(own)], dim=1),
            self.anchor_flags,
            torch.cat([self.candidate_flags, unknown]),
        )

    @property
    def both_unchanged(self) -> Tensor:
        """(R, C) bool, whether anchor and candidate are known to show no change."""
        return (self.anchor_flags == 0)[:, None] & (self.candidate_flags == 0)

    @property
    def flags_differ(self) -> Tensor:
        """(R, C) bool, whether one is known to show a change and the other to show none."""
        anchors, candidates = self.anchor_flags[:, None], self.candidate_flags
        return ((anchors == 0) & (candidates == 1)) | ((anchors == 1) & (candidates == 0))

    @property
    def same_meaning(self) -> Tensor:
        """(R, C) bool, equal captions or no change in both: what no contrast can distinguish."""
        return self.identical | self.both_unchanged


@dataclass
class PairWeights:
    """Weights that a gate gives to :class:`PairRelations`.

    Attributes:
        positives: (R, C) share of each candidate in what the anchor is drawn to; rows sum to 1.
        negatives: (R, C) in [0, 1], how far each candidate is one to be pushed away.
    """

    positives: Tensor
    negatives: Tensor


@MODELS.register_module()
class ClosedGate(nn.Module):
    """Every other candidate is a negative: CLIP's loss (Radford et al. 2021).

    With several sentences to a pair all of them are positives alike, as in BLIP (Li et al. 2022).
    """

    def forward(self, relations: PairRelations) -> PairWeights:
        """Weights without regard to what the captions say."""
        own = relations.own.float()
        return PairWeights(own / own.sum(1, keepdim=True), 1 - own * 0)


@MODELS.register_module()
class SoftPairGate(nn.Module):
    """``g = sigmoid((S - theta) / kappa) / sigmoid((1 - theta) / kappa)``, S a similarity.

    A gate of 1 says "same meaning": the two pairs are no negatives of each other. The denominator
    makes that exact for equal captions (S = 1), which the bare sigmoid leaves a little apart.

    Args:
        theta: Similarity at which the gate is half open.
        kappa: Width of the transition.
        attraction: Weight as positives of what the gate takes out of the negatives; 0 eliminates
            it (a false negative less), 1 attracts it like the own sentence (Huynh et al. 2022).
        use_change_flag: Whether two unchanged pairs are the same and a changed and an unchanged
            one are not, whatever their captions. A text bank's sentences have no flag.

    Raises:
        ValueError: If kappa is not positive.
    """

    def __init__(
        self,
        theta: float = 0.85,
        kappa: float = 0.05,
        attraction: float = 0.0,
        use_change_flag: bool = False,
    ) -> None:
        super().__init__()
        if kappa <= 0:
            raise ValueError(f"SoftPairGate: kappa={kappa} must be positive; or take HardPairGate")
        self.theta = theta
        self.kappa = kappa
        self.attraction = attraction
        self.use_change_flag = use_change_flag

    def forward(self, relations: PairRelations) -> PairWeights:
        """Weights by similarity."""
        widest = 1 / (1 + exp(-(1 - self.theta) / self.kappa))
        opening = ((relations.similarity - self.theta) / self.kappa).sigmoid() / widest
        return _open(opening.clamp_max(1), relations, self.attraction, self.use_change_flag)


@MODELS.register_module()
class HardPairGate(nn.Module):
    """``g = 1`` where the similarity reaches theta, else 0, as in RSICRC (Ferrod et al. 2024).

    Args:
        theta: Similarity from which two pairs mean the same. Rounding leaves equal captions a
            little below 1.
        attraction: As :class:`SoftPairGate`.
        use_change_flag: As :class:`SoftPairGate`.
    """

    def __init__(
        self, theta: float = 0.999, attraction: float = 0.0, use_change_flag: bool = False
    ) -> None:
        super().__init__()
        self.theta = theta
        self.attraction = attraction
        self.use_change_flag = use_change_flag

    def forward(self, relations: PairRelations) -> PairWeights:
        """Weights by similarity."""
        opening = (relations.similarity >= self.theta).float()
        return _open(opening, relations, self.attraction, self.use_change_flag)


@MODELS.register_module()
class SoftTargetGate(nn.Module):
    """Positives in proportion to ``exp(S / temperature)``, all else negatives, as in MedCLIP.

    Wang et al. 2022. The closer a candidate's captions, the more the anchor is drawn to it.

    Args:
        temperature: Of the softmax over candidates; the lower, the closer to the own one alone.

    Raises:
        ValueError: If it is not positive.
    """

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        if temperature <= 0:
            raise ValueError(f"SoftTargetGate: temperature={temperature} must be positive")
        self.temperature = temperature

    def forward(self, relations: PairRelations) -> PairWeights:
        """Weights by similarity."""
        positives = (relations.similarity / self.temperature).softmax(1)
        return PairWeights(positives, positives * 0 + 1)


@MODELS.register_module()
class BandGate(nn.Module):
    """Positives from ``upper`` on, negatives up to ``lower``, nothing between.

    Meant for :class:`SigmoidObjective`, which judges each candidate by itself.

    Args:
        lower: Similarity up to which a candidate is a negative.
        upper: Similarity from which it is a positive, beside the own ones.

    Raises:
        ValueError: If lower is not below upper.
    """

    def __init__(self, lower: float = 0.7, upper: float = 0.95) -> None:
        super().__init__()
        if lower >= upper:
            raise ValueError(f"BandGate: lower={lower} must be below upper={upper}")
        self.lower = lower
        self.upper = upper

    def forward(self, relations: PairRelations) -> PairWeights:
        """Weights by similarity."""
        positives = ((relations.similarity >= self.upper) | relations.own).float()
        negatives = (relations.similarity <= self.lower).float().masked_fill(relations.own, 0)
        return PairWeights(positives / positives.sum(1, keepdim=True), negatives)


def _open(
    opening: Tensor, relations: PairRelations, attraction: float, use_change_flag: bool
) -> PairWeights:
    """Weights under a gate that is so far open, (R, C) in [0, 1]."""
    if use_change_flag:
        opening = opening.masked_fill(relations.both_unchanged, 1)
        opening = opening.masked_fill(relations.flags_differ, 0)
    positives = (attraction * opening).masked_fill(relations.own, 1)
    negatives = (1 - opening).masked_fill(relations.own, 0)
    # Rounding must not leave a faint negative: a low temperature would blow it up.
    negatives = negatives.masked_fill(negatives < 1e-6, 0)
    return PairWeights(positives / positives.sum(1, keepdim=True), negatives)


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
