"""Maximum mean discrepancy of two samples (Gretton et al., JMLR 2012), unbiased."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

#: Kernel widths as multiples of the squared median distance.
WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)


def unbiased_mmd(x: np.ndarray, y: np.ndarray) -> float:
    """Squared MMD between (n, d) and (m, d) samples; about 0 for one distribution, also below.

    The kernel is the sum over m of exp(-distance^2 / (2 m median^2)), m = 1/4 to 4, the median over
    all distances between two points of both samples.
    """
    return float(_statistic(_kernel(x, y), _labels(x, y)[None])[0])


def permutation_p(x: np.ndarray, y: np.ndarray, permutations: int = 500, seed: int = 0) -> float:
    """Permutation p-value of an MMD: how often mixed samples are at least as far apart.

    Args:
        x: (n, d).
        y: (m, d).
        permutations: Number of random mixtures; the samples as they are count as one more.
        seed: Of the mixtures.
    """
    kernel, labels = _kernel(x, y), _labels(x, y)
    generator = np.random.default_rng(seed)
    mixed = np.stack([generator.permutation(labels) for _ in range(permutations)])
    observed, *random = _statistic(kernel, np.vstack([labels[None], mixed]))
    return (1 + int(np.sum(np.array(random) >= observed - 1e-12))) / (1 + permutations)


def _labels(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.repeat([1.0, 0.0], [len(x), len(y)])


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n + m, n + m) without its diagonal, which the unbiased estimator leaves out."""
    points = np.concatenate([x, y])
    squared = cdist(points, points, "sqeuclidean")
    median = max(float(np.median(squared[np.triu_indices(len(points), 1)])), 1e-12)
    kernel = sum(np.exp(-squared / (2 * m * median)) for m in WIDTHS)
    np.fill_diagonal(kernel, 0)
    return kernel


def _statistic(kernel: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Squared MMD of each row of labels (P, N): 1 of the first sample, 0 of the second."""
    n = labels[0].sum()
    m = len(kernel) - n
    toward_first = labels @ kernel
    toward_second = kernel.sum(axis=0) - toward_first
    within_first = (toward_first * labels).sum(axis=1) / (n * (n - 1))
    within_second = (toward_second * (1 - labels)).sum(axis=1) / (m * (m - 1))
    between = (toward_first * (1 - labels)).sum(axis=1) / (n * m)
    return within_first + within_second - 2 * between
