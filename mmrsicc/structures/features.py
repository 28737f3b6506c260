"""Features of image pairs, as encoders, change detectors and speakers exchange them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

from torch import Tensor


@dataclass(frozen=True)
class ChangeFeatures:
    """Features of a change detector for a batch of pairs.

    Attributes:
        before: K maps of the first date, each (B, C_k, H_k, W_k), finest first.
        after: K maps of the second date.
        difference: K maps of the difference, or None if the detector has none.
        logits: (B, C, H, W) scores of unchanged and of the classes of change, mostly one; or None.
    """

    before: tuple[Tensor, ...]
    after: tuple[Tensor, ...]
    difference: tuple[Tensor, ...] | None = None
    logits: Tensor | None = None

    @property
    def differences(self) -> tuple[Tensor, ...]:
        """K maps of the difference; ``|after - before|`` where the detector has none."""
        if self.difference is not None:
            return self.difference
        return tuple((b - a).abs() for a, b in zip(self.before, self.after, strict=True))

    @property
    def groups(self) -> tuple[tuple[Tensor, ...], ...]:
        """All tensors, field by field; an absent one is an empty group."""
        logits = () if self.logits is None else (self.logits,)
        return self.before, self.after, self.difference or (), logits

    @classmethod
    def of_groups(cls, groups: Sequence[tuple[Tensor, ...]]) -> ChangeFeatures:
        """Features of their :attr:`groups`."""
        before, after, difference, logits = groups
        return cls(before, after, difference or None, logits[0] if logits else None)


@dataclass(frozen=True)
class DifferenceFeatures:
    """Difference between the two dates of a batch of pairs.

    A neck fills in what it computes; the :class:`PairEncoder` adds ``dates``, ``change`` and
    ``logits``. Nothing is written into it afterwards.

    Attributes:
        tokens: (B, N, D) memory that a caption head attends to.
        pooled: (B, D) one vector per pair.
        scales: Difference maps of each scale, (B, C_k, H_k, W_k), finest first.
        dates: Last maps of the backbone at both dates, (B, C, H, W) each.
        change: Features of the change detector, where it ran.
        logits: (B, classes, H, W) scores of the predicted change mask, unchanged first.
        attention: Where a neck looks at each date, (B, 1, h, w) in 0..1.
        scale_weights: (B, K, g, g) share of each scale at each place of the token grid.
        gates: Openness of the gate to the change detector at each scale, (B, 1, h, w) in 0..1.
        summaries: How many of the tokens, the last ones, stand for the whole pair and no place.
    """

    tokens: Tensor
    pooled: Tensor
    scales: tuple[Tensor, ...] = ()
    dates: tuple[Tensor, Tensor] | None = None
    change: ChangeFeatures | None = None
    logits: Tensor | None = None
    attention: tuple[Tensor, Tensor] | None = None
    scale_weights: Tensor | None = None
    gates: tuple[Tensor, ...] = ()
    summaries: int = 0

    @property
    def num_places(self) -> int:
        """Number of tokens that represent a place; they come first."""
        return self.tokens.shape[1] - self.summaries

    @property
    def side(self) -> int | None:
        """Side of the square grid of the places; None if they form no square.

        Nor do they if the backbone's last map has as many places and is no square itself: 4 x 16
        places are not 8 x 8.
        """
        height, width = (0, 0) if self.dates is None else self.dates[0].shape[-2:]
        if height != width and height * width == self.num_places:
            return None
        side = isqrt(self.num_places)
        return side if side * side == self.num_places else None


@dataclass(frozen=True)
class Conditions:
    """Conditions of a speaker beside the features of a batch of pairs.

    Attributes:
        flag: (B,) change flags, 0 or 1, that a head is told: the true ones in training, unless a
            hook ends that, predicted ones in a test.
        mask: (B, H, W) bool, true where something changed.
        prompt: (B, P) word ids that every sentence of a pair begins with.
        true_flag: (B,) true change flags, in training: which pairs a loss counts.
        changed_share: (B,) share of changed pixels of the mask that the encoder predicts, in a
            test.
    """

    flag: Tensor | None = None
    mask: Tensor | None = None
    prompt: Tensor | None = None
    true_flag: Tensor | None = None
    changed_share: Tensor | None = None
