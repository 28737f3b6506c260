"""Change flags without training, by the share of a pair's changed pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmrsicc.change_maps import THRESHOLDS, change_mask

#: Quantiles, over all pixels of the training pairs, that are tried as fixed thresholds beside the
#: rules that look at one pair.
_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
#: Pixel step for choosing a fixed threshold: a prime, so that all columns are sampled.
_EVERY = 7


@dataclass(frozen=True)
class FlagRule:
    """A rule that makes a change flag of a score map.

    Attributes:
        threshold: Of the scores of pixels, see :func:`~mmrsicc.change_maps.change_mask`.
        share: Share of changed pixels above which a pair has changed.
        accuracy: Share of right flags among the pairs that the rule was chosen on.
    """

    threshold: str | float
    share: float
    accuracy: float

    def __call__(self, scores: np.ndarray) -> int:
        """1 if a pair with this score map (H, W) has changed, else 0."""
        return int(change_mask(scores, self.threshold).mean() > self.share)

    def __str__(self) -> str:
        named = isinstance(self.threshold, str)
        rule = f"{self.threshold}'s threshold" if named else f"{self.threshold:.4g}"
        return (
            f"changed where more than {100 * self.share:.3g} % of the pixels are above {rule}, "
            f"right for {100 * self.accuracy:.1f} % of the pairs that it was chosen on"
        )


class FlagChooser:
    """Collects pairs with known flags, and chooses the rule with the most right ones on them.

    No masks are needed. Tried are the rules that look at one pair, and fixed thresholds.
    """

    def __init__(self) -> None:
        self._flags: list[int] = []
        self._shares: dict[str | float, list[float]] = {name: [] for name in THRESHOLDS}
        self._sampled: list[np.ndarray] = []

    def add(self, scores: np.ndarray, flag: int) -> None:
        """Adds the score map (H, W) and the true flag of a pair."""
        self._flags.append(flag)
        self._sampled.append(scores.ravel()[::_EVERY])
        for name, shares in self._shares.items():
            shares.append(float(change_mask(scores, name).mean()))

    def choose(self) -> FlagRule:
        """The best rule; of several the first.

        Raises:
            ValueError: There is no pair.
        """
        if not self._flags:
            raise ValueError("there is no pair to choose a change flag on")
        shares = dict(self._shares)
        for threshold in np.quantile(np.concatenate(self._sampled), _QUANTILES).tolist():
            shares[threshold] = [float((scores > threshold).mean()) for scores in self._sampled]
        rules = [FlagRule(rule, *best_cut(values, self._flags)) for rule, values in shares.items()]
        return max(rules, key=lambda rule: rule.accuracy)


def best_cut(shares: Sequence[float], flags: Sequence[int]) -> tuple[float, float]:
    """The share above which most pairs have changed, and how many flags are then right.

    Args:
        shares: Of changed pixels, of each pair.
        flags: True ones.

    Returns:
        A place half way between two pairs, or beyond all of them, and the share of right flags.
    """
    ends = np.unique(shares)
    cuts = np.concatenate([[-1], (ends[:-1] + ends[1:]) / 2, [ends[-1]]])
    above = np.asarray(shares) > cuts[:, None]
    right = (above == (np.asarray(flags) == 1)).mean(axis=1)
    best = int(right.argmax())
    return float(cuts[best]), float(right[best])
