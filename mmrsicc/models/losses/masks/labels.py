"""Labels of change masks."""

from torch import Tensor

#: Label of pixels that no loss counts: padding, and whatever the annotators left out.
IGNORED = 255


def any_counts(labels: Tensor) -> bool:
    """Whether any pixel of labels (B, H, W) counts."""
    return bool((labels != IGNORED).any())
