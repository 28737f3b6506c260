"""Text guidance: which pairs are negatives of each other, and the contrastive loss on them."""

from dataclasses import dataclass
from math import exp

import torch
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
    def same_meaning(self) -> Tensor:
        """(R, C) bool, equal captions or no change in both: what no contrast can distinguish."""
        return self.identical | self.both_unchanged


@MODELS.register_module()
class ClosedGate(nn.Module):
    """Every other candidate is a negative: CLIP's loss (Radford et al. 2021).

    With several sentences to a pair all of them are positives alike, as in BLIP (Li et al. 2022),
    each against all others.
    """

    def forward(self, relations: PairRelations) -> Tensor:
        """(R, C) weights of the negatives: 1, one's own sentences included."""
        return torch.ones_like(relations.similarity)


@MODELS.register_module()
class SoftPairGate(nn.Module):
    """``g = sigmoid((S - theta) / kappa) / sigmoid((1 - theta) / kappa)``, S a similarity.

    A gate of 1 says "same meaning": the two pairs are no negatives of each other. The denominator
    makes that exact for equal captions (S = 1), which the bare sigmoid leaves a little apart.

    Args:
        theta: Similarity at which the gate is half open.
        kappa: Width of the transition.

    Raises:
        ValueError: If kappa is not positive.
    """

    def __init__(self, theta: float = 0.85, kappa: float = 0.05) -> None:
        super().__init__()
        if kappa <= 0:
            raise ValueError(f"SoftPairGate: kappa={kappa} must be positive")
        self.theta = theta
        self.kappa = kappa

    def forward(self, relations: PairRelations) -> Tensor:
        """(R, C) weights of the negatives, in [0, 1]: what the gate leaves closed."""
        widest = 1 / (1 + exp(-(1 - self.theta) / self.kappa))
        opening = ((relations.similarity - self.theta) / self.kappa).sigmoid() / widest
        negatives = (1 - opening.clamp_max(1)).masked_fill(relations.own, 0)
        # Rounding must not leave a small weight: a low temperature would amplify it.
        return negatives.masked_fill(negatives < 1e-6, 0)


def contrastive_rows(logits: Tensor, own: Tensor, negatives: Tensor) -> Tensor:
    """Loss of each anchor, its own candidates against its weighted negatives.

    With l the similarities over temperature and n the negatives' weights, the mean over one's own
    candidates j of::

        - log( e^l_ij / (e^l_ij + sum_k n_ik e^l_ik) )

    With one own candidate and n = 1 elsewhere this is InfoNCE (van den Oord et al. 2018).

    Args:
        logits: (R, C).
        own: (R, C) bool, at least one of each anchor.
        negatives: (R, C) in [0, 1]; each anchor needs one above 0.

    Returns:
        (R,) nats.
    """
    pushed = (logits + negatives.log()).logsumexp(1, keepdim=True)
    # An own sentence that is also a negative is already in `pushed` with that weight.
    rest = (1 - negatives).log()
    rows = torch.logaddexp(pushed - logits, rest).masked_fill(~own, 0)
    return rows.sum(1) / own.sum(1)
