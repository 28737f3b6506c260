"""Labels of change masks."""

from torch import Tensor

from mmrsicc.structures import IGNORED


def any_counts(labels: Tensor) -> bool:
    """Whether any pixel of labels (B, H, W) counts."""
    return bool((labels != IGNORED).any())
