"""Iteratively reweighted statistics of the unchanged pixels."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.utils.extras import import_extra

#: Least variance of a variate of unit scale: dates that fit exactly have no change, not 0 / 0.
_LEAST_VARIANCE = 1e-8
#: Share of the largest eigenvalue below which a direction holds rounding errors alone.
_RANK_TOLERANCE = 1e-9
#: Share of a band's squared mean below which its variance is that of rounding errors.
_CONSTANT = 1e-14
#: Variates of unit scale that are rounding errors.
_ROUNDING = 1e-9
#: Mean weight below which the rounds end. Where scores lie densely around 0, weighted variances of
#: one or two bands shrink in every round, and the statistics end as those of a few pixels.
_LEAST_WEIGHT = 0.1


class ReweightedChangeMap(ChangeMap):
    """Base of methods whose variates of no change are normal, so that their squares are chi-square.

    Each round computes variates from weighted statistics. The next weight of a pixel is the
    probability that an unchanged pixel is at least as far out. A score is the root of the sum of
    squared variates over their variances. One round alone is the method without iteration.

    Args:
        max_iterations: Rounds at most.
        tolerance: Change of every variance below which the rounds end.

    Raises:
        ValueError: There is no round.
    """

    threshold = "kmeans"

    def __init__(self, max_iterations: int = 50, tolerance: float = 1e-3) -> None:
        if max_iterations < 1:
            raise ValueError(f"max_iterations {max_iterations}: give 1 or more")
        self.max_iterations = max_iterations
        self.tolerance = tolerance

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Standardised distances from no change; 0 where a date has no variance at all."""
        first, second = before[valid].astype(np.float64), after[valid].astype(np.float64)
        weights = np.ones(len(first))
        squares = np.zeros(len(first))
        known: np.ndarray | None = None
        for _ in range(self.max_iterations):
            variates, variances = self.variates(first, second, weights)
            if known is not None and len(variances) < len(known):
                break  # The remaining pixels span fewer dimensions, such as saturated pixels alone.
            variates[np.abs(variates) < _ROUNDING] = 0
            variances = np.maximum(variances, _LEAST_VARIANCE)
            squares = (variates**2 / variances).sum(axis=1)
            settled = known is not None and np.abs(variances - known).max() < self.tolerance
            known = variances
            if settled or not len(variances):
                break
            weights = chi_square_survival(squares, len(variances))
            if weights.mean() < _LEAST_WEIGHT:
                break
        scores = np.zeros(valid.shape)
        scores[valid] = np.sqrt(squares)
        return scores

    @abstractmethod
    def variates(
        self, before: np.ndarray, after: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Variates (N, K) of pixels (N, C), and their variances (K,) among those that count.

        Their unit is such that variances go from 0 to about 2, and their weighted mean is 0.
        """


def chi_square_survival(squares: np.ndarray, degrees: int) -> np.ndarray:
    """Probability that a chi-square variable is larger; several times faster than SciPy's.

    By the recurrence of the regularised gamma function, Q(a + 1, x) = Q(a, x) + x^a e^-x / (a)!,
    from Q(1/2, x) = erfc(sqrt x) or Q(1, x) = e^-x.

    Args:
        squares: Values, 0 or more.
        degrees: Degrees of freedom, 1 or more.
    """
    x = squares / 2
    decay = np.exp(-x)
    order = 0.5 if degrees % 2 else 1.0
    erfc = import_extra("scipy.special").erfc
    survival = erfc(np.sqrt(x)) if degrees % 2 else decay.copy()
    term = np.sqrt(x / np.pi) * 2 * decay if degrees % 2 else x * decay
    while order < degrees / 2:
        survival += term
        order += 1
        term *= x / order
    return survival


def band_statistics(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean (C,) of pixels (N, C), and 1 over the deviation; 0 of a constant band."""
    mean = weights @ values / weights.sum()
    variance = weights @ (values - mean) ** 2 / weights.sum()
    varies = variance > _CONSTANT * mean**2
    return mean, np.divide(1, np.sqrt(variance), out=np.zeros_like(mean), where=varies)


def covariance(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted covariance (C, D) of pixels (N, C) and (N, D) whose weighted means are 0."""
    return (first * weights[:, None]).T @ second / weights.sum()


def whitening(matrix: np.ndarray) -> np.ndarray:
    """(C, R) that makes the identity of a covariance of rank R; other directions are left out."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > _RANK_TOLERANCE * values.max(initial=0)
    return vectors[:, kept] / np.sqrt(values[kept])
