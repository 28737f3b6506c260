"""Fusion modules: from difference maps of several scales to tokens on one grid.

Each is built with ``num_scales``, ``channels`` and ``num_heads``. ``forward(maps, scales, places)``
takes K maps (B, C, h_k, w_k), finest first, and the embeddings of scales (K, 1, C) and of the N
places of a square grid (N, C). It returns (B, N, C) tokens, and how much each scale counts at each
place, (B, K, N) with sum 1 over scales, or None where the fusion has no such weights.
"""

from mmrsicc.models.layers.fusions.cross_scale_fusion import CrossScaleFusion
from mmrsicc.models.layers.fusions.gated_mean_fusion import GatedMeanFusion
from mmrsicc.models.layers.fusions.top_down_fusion import TopDownFusion

__all__ = ["CrossScaleFusion", "GatedMeanFusion", "TopDownFusion"]
