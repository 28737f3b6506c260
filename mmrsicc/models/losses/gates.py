"""Gates of the contrastive loss: what pairs and sentences are to each other decides what counts.

A gate turns :class:`PairRelations` into :class:`PairWeights`. The gates are the modes of pair-wise
gating that are published for contrastive captioning and retrieval; docs/en/notes/dfm.md lists them.
"""

from math import exp

from torch import Tensor, nn

from mmrsicc.models.losses.pair_weights import PairRelations, PairWeights
from mmrsicc.registry import MODELS


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
    """What a gate that is so far open, (R, C) in [0, 1], leaves of each candidate."""
    if use_change_flag:
        opening = opening.masked_fill(relations.both_unchanged, 1)
        opening = opening.masked_fill(relations.flags_differ, 0)
    positives = (attraction * opening).masked_fill(relations.own, 1)
    negatives = (1 - opening).masked_fill(relations.own, 0)
    # Rounding must not leave a faint negative: a low temperature would blow it up.
    negatives = negatives.masked_fill(negatives < 1e-6, 0)
    return PairWeights(positives / positives.sum(1, keepdim=True), negatives)
