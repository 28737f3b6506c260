"""Maps brought to another size."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def resize(maps: Tensor, size: Sequence[int]) -> Tensor:
    """(B, C, H, W) to ``size`` (h, w), bilinear, edges of the outer pixels aligned."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)
