"""Linear CKA of two networks on the same images, debiased."""

from __future__ import annotations

import numpy as np


def debiased_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Centred kernel alignment of (N, C) and (N, D) features of the same N images.

    With linear kernels (Kornblith et al., ICML 2019) and the unbiased estimate of the independence
    criterion (Song et al., JMLR 2012): plain CKA of unrelated features is far above 0 where there
    are fewer images than channels. 1 for features that are equal up to rotation and scale, about 0
    for unrelated ones; may be below 0.

    Raises:
        ValueError: If the numbers of images differ, or are less than four.
    """
    if len(x) != len(y) or len(x) < 4:
        raise ValueError(f"{len(x)} and {len(y)} images: give the same images twice, at least four")
    first, second = (_gram(features) for features in (x, y))
    scale = _independence(first, first) * _independence(second, second)
    return float(_independence(first, second) / np.sqrt(scale)) if scale > 0 else 0.0


def _gram(features: np.ndarray) -> np.ndarray:
    centred = features - features.mean(axis=0)  # This affects rounding errors only.
    gram = centred @ centred.T
    np.fill_diagonal(gram, 0)
    return gram


def _independence(k: np.ndarray, m: np.ndarray) -> float:
    """Unbiased HSIC of two Gram matrices without diagonals, times a constant."""
    n = len(k)
    return float(
        np.sum(k * m)
        + k.sum() * m.sum() / ((n - 1) * (n - 2))
        - 2 * (k.sum(axis=0) @ m.sum(axis=0)) / (n - 2)
    )
