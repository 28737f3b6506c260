"""Iterative slow feature analysis."""

from __future__ import annotations

import numpy as np

from mmrsicc.change_maps.reweighted import (
    ReweightedChangeMap,
    band_statistics,
    covariance,
    whitening,
)


class ISFA(ReweightedChangeMap):
    """Iterative slow feature analysis (Wu, Du and Zhang 2014).

    Bands of both dates are standardised; of their combinations those are found in which the dates
    differ least, compared with their own variance: A w = lambda B w with the covariance A of the
    difference and the mean covariance B of the dates. A score is the root of the sum of squared
    differences over their variances lambda. With ``max_iterations=1`` it is SFA.
    """

    def variates(
        self, before: np.ndarray, after: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Differences of the slow features, the slowest first."""
        first, second = _standard(before, weights), _standard(after, weights)
        own = (covariance(first, first, weights) + covariance(second, second, weights)) / 2
        white = whitening(own)
        difference = (first - second) @ white
        variances, vectors = np.linalg.eigh(covariance(difference, difference, weights))
        return difference @ vectors, variances


def _standard(pixels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    mean, scale = band_statistics(pixels, weights)
    return (pixels - mean) * scale
