"""What pairs and sentences are to each other, and how much each then counts in a contrast."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class PairRelations:
    """What R anchors and C candidates of a contrastive loss are to each other.

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
        """(R, C) bool, equal captions or no change in both: what no contrast can tell apart."""
        return self.identical | self.both_unchanged


@dataclass
class PairWeights:
    """What a gate makes of :class:`PairRelations`.

    Attributes:
        positives: (R, C) share of each candidate in what the anchor is drawn to; rows sum to 1.
        negatives: (R, C) in [0, 1], how far each candidate is one to be pushed away.
    """

    positives: Tensor
    negatives: Tensor
