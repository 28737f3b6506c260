"""Maps of any size as tokens on one grid."""

from collections.abc import Sequence
from math import isqrt

import torch
import torch.nn.functional as F
from torch import Tensor


def to_grid(maps: Sequence[Tensor], scales: Tensor, places: Tensor) -> Tensor:
    """Averages K maps (B, C, h_k, w_k) over the cells of a square grid of N places.

    Args:
        maps: Of each scale.
        scales: (K, 1, C) embedding of each scale, added to its tokens.
        places: (N, C) embedding of each place, added to its tokens.

    Returns:
        (B, K, N, C) tokens.
    """
    side = isqrt(len(places))
    pooled = [F.adaptive_avg_pool2d(m, side).flatten(2) for m in maps]
    return torch.stack(pooled, dim=1).transpose(2, 3) + scales + places
