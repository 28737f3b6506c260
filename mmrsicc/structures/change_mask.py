"""Values of a change mask.

A change mask is (H, W) uint8 of class ids, the same from the loading to the metric: 0 unchanged,
1 changed (or 1, 2, ... where classes of change are distinguished) and :data:`IGNORED`.
"""

from typing import TypeVar

import numpy as np
from torch import Tensor

Mask = TypeVar("Mask", np.ndarray, Tensor)

#: Label of mask pixels that are not counted: padding, no data, and what annotators left out.
IGNORED = 255


def is_changed(mask: Mask) -> Mask:
    """Mask of the changed pixels, in whatever class.

    Args:
        mask: Class ids, an array or a tensor of any shape.

    Returns:
        Booleans of the same kind and shape.
    """
    return (mask != 0) & (mask != IGNORED)
