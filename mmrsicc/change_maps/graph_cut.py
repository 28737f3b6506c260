"""Masks with a penalty on their borders, by a graph cut."""

from __future__ import annotations

import numpy as np

from mmrsicc.utils.extras import import_extra


def graph_cut(
    scores: np.ndarray,
    threshold: float,
    smoothness: float = 1.0,
    valid: np.ndarray | None = None,
) -> np.ndarray:
    """Mask (H, W) uint8 of least cost under the Potts model (Boykov et al. 2001).

    A changed pixel costs ``threshold - score`` and an unchanged one the opposite, in deviations of
    the scores; each pair of neighbours that differ costs ``smoothness``. The minimum is exact. With
    0 it is the mask of the threshold.

    Args:
        scores: (H, W), higher where more has changed.
        threshold: Score above which a pixel by itself has changed.
        smoothness: Cost of a border between two pixels, which are neighbours above, below and
            beside.
        valid: (H, W) bool, where there is data; others are unchanged and cost nothing.

    Raises:
        ModuleNotFoundError: PyMaxflow is not installed; the message says how to.
    """
    maxflow = import_extra("maxflow")
    valid = np.ones(scores.shape, bool) if valid is None else valid
    if not valid.any():
        return np.zeros(scores.shape, np.uint8)
    gain = (scores.astype(np.float64) - threshold) / (scores[valid].std() or 1.0)
    gain = np.where(valid, gain, 0)
    graph = maxflow.GraphFloat()
    nodes = graph.add_grid_nodes(scores.shape)
    graph.add_grid_edges(nodes, smoothness)
    # A pixel on the source side is unchanged; the cut then costs its gain from a change.
    graph.add_grid_tedges(nodes, np.maximum(-gain, 0), np.maximum(gain, 0))
    graph.maxflow()
    return (graph.get_grid_segments(nodes) & valid).astype(np.uint8)
