"""Iteratively reweighted multivariate alteration detection."""

from __future__ import annotations

import numpy as np

from mmrsicc.change_maps.reweighted import (
    ReweightedChangeMap,
    band_statistics,
    covariance,
    whitening,
)


class IRMAD(ReweightedChangeMap):
    """Iteratively reweighted MAD (Nielsen 2007): differences of canonical variates.

    Canonical correlation analysis finds the combinations of bands in which both dates agree best;
    what is left are the MAD variates, of variance 2 (1 - correlation). So the scores do not change
    if the bands of a date are scaled, shifted or mixed. With ``max_iterations=1`` it is MAD
    (Nielsen et al. 1998).

    Correlations are the singular values of the whitened cross-covariance: never negative, so no
    sign is to be chosen, and combinations without variance, such as the colours of a grey image,
    are left out.
    """

    def variates(
        self, before: np.ndarray, after: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """MAD variates, those of the highest correlation first."""
        first, second = _white(before, weights), _white(after, weights)
        cross = covariance(first, second, weights)
        if not cross.size:
            return np.zeros((len(before), 0)), np.zeros(0)
        left, correlations, right = np.linalg.svd(cross, full_matrices=False)
        return first @ left - second @ right.T, 2 * (1 - correlations)


def _white(pixels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pixels (N, C) as (N, R) whose weighted covariance is the identity."""
    mean, scale = band_statistics(pixels, weights)
    standard = (pixels - mean) * scale
    return standard @ whitening(covariance(standard, standard, weights))
