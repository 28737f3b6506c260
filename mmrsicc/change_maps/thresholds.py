"""Thresholds between the scores of changed and unchanged pixels."""

from __future__ import annotations

import numpy as np

_BINS = 256


def change_mask(
    scores: np.ndarray, threshold: str | float, valid: np.ndarray | None = None
) -> np.ndarray:
    """Change mask (H, W) uint8: 1 where the score is above the threshold, else 0.

    Args:
        scores: (H, W), higher where more has changed.
        threshold: A number, or a name in :data:`THRESHOLDS`: then found on the pixels with data.
        valid: (H, W) bool, where there is data; others are unchanged. None: everywhere.

    Raises:
        ValueError: There is no threshold of that name.
    """
    valid = np.ones(scores.shape, bool) if valid is None else valid
    if isinstance(threshold, str):
        if threshold not in THRESHOLDS:
            raise ValueError(
                f"threshold {threshold!r}: give a number or one of {', '.join(THRESHOLDS)}"
            )
        known = scores[valid]
        # Equal up to rounding: nothing stands out.
        if not known.size or np.ptp(known) <= 1e-5 * np.abs(known).max():
            return np.zeros(scores.shape, np.uint8)
        threshold = THRESHOLDS[threshold](known)
    return ((scores > threshold) & valid).astype(np.uint8)


def otsu(scores: np.ndarray) -> float:
    """Otsu's threshold (1979) on 256 bins: most variance between both sides.

    Args:
        scores: (N,), at least one. If all are equal, none is above the threshold.
    """
    counts, edges = _histogram(scores)
    return float(edges[1 + np.argmax(_between_variance(counts, (edges[:-1] + edges[1:]) / 2))])


def two_means(scores: np.ndarray) -> float:
    """The threshold of 2-means: least squared distances from the means of both sides.

    That is Otsu's criterion without bins. In one dimension all splits can be tried, so the
    result does not depend on a start.

    Args:
        scores: As for :func:`otsu`.
    """
    values, counts = np.unique(scores, return_counts=True)
    return float(values[np.argmax(_between_variance(counts, values.astype(np.float64)))])


def kittler_illingworth(scores: np.ndarray) -> float:
    """The minimum error threshold (Kittler and Illingworth 1986) on 256 bins.

    Both sides are taken for normal distributions; the threshold has the least error of
    classification under them. Within a bin, scores count as spread evenly.

    Args:
        scores: As for :func:`otsu`.
    """
    counts, edges = _histogram(scores)
    centres = (edges[:-1] + edges[1:]) / 2 - edges[0]
    inside = (edges[1] - edges[0]) ** 2 / 12
    lower, upper = (
        _side_error(counts[::step], centres[::step], inside)[::step] for step in (1, -1)
    )
    # Between bins: all up to one, and all from the next.
    return float(edges[1 + np.argmin(lower[:-1] + upper[1:])])


#: Threshold rules by their names in commands and tables.
THRESHOLDS = {"otsu": otsu, "kmeans": two_means, "ki": kittler_illingworth}


def _histogram(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts (256,) and edges (257,) from the smallest to the largest score."""
    low, high = float(scores.min()), float(scores.max())
    if low == high:
        # One bin, whose upper edge is the score itself.
        return np.array([len(scores), 0]), np.array([low - 1, low, low + 1])
    # In float32, 256 edges would not differ where scores nearly agree.
    return np.histogram(scores.astype(np.float64), _BINS, (low, high))


def _between_variance(counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Variance between the sides if the lower one ends with each value in turn."""
    counts = counts.astype(np.float64)
    total, mean = counts.sum(), counts @ values / counts.sum()
    below = np.cumsum(counts)
    excess = np.cumsum(counts * (values - mean))
    sides = below * (total - below)
    return np.divide(excess**2, sides, out=np.zeros_like(excess), where=sides > 0)


def _side_error(counts: np.ndarray, centres: np.ndarray, inside: float) -> np.ndarray:
    """One side's part of the criterion if it ends with each bin in turn; inf where it is empty."""
    share = np.cumsum(counts) / counts.sum()
    safe = np.maximum(np.cumsum(counts), 1)
    mean = np.cumsum(counts * centres) / safe
    variance = np.maximum(np.cumsum(counts * centres**2) / safe - mean**2, 0) + inside
    error = share * np.log(variance) - 2 * share * np.log(np.maximum(share, 1e-300))
    return np.where(share > 0, error, np.inf)
