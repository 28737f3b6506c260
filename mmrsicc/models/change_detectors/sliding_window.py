"""Change detection through a window that slides over large images."""

from collections.abc import Callable

import torch
from torch import Tensor

from mmrsicc.utils.windows import cover

#: From both dates, (B, C_t, H, W) each, to logits (B, C, H, W).
Detect = Callable[[Tensor, Tensor], Tensor]


class SlidingWindow:
    """Predicts an image of any size window by window, and blends overlaps.

    So a detector sees crops of the size that it was trained on, and needs the memory of one window;
    beside that, only the logits of the whole image are kept. Where windows overlap, their logits
    are averaged with weights that fall linearly from a window's middle to its edges, since a
    network knows least at an edge. The weights of a pixel sum to 1, so a network that looks at
    single pixels gives what it gives of the whole image.

    Args:
        size: Edge of the window in pixels; smaller in images that are smaller.
        stride: Pixels between neighbouring windows, at most ``size``.

    Raises:
        ValueError: If the stride leaves pixels out.
    """

    def __init__(self, size: int, stride: int) -> None:
        if not 0 < stride <= size:
            raise ValueError(f"stride {stride} of a window of {size} pixels: take 1 to {size}")
        self.size = size
        self.stride = stride

    def __call__(self, detect: Detect, before: Tensor, after: Tensor) -> Tensor:
        """Logits (B, C, H, W) of both dates, (B, C_t, H, W) each of any type."""
        height, width = before.shape[-2:]
        total = weights = None
        for window in cover(width, height, self.size, self.size - self.stride):
            rows, columns = window.slices
            logits = detect(before[..., rows, columns], after[..., rows, columns])
            if total is None or weights is None:
                # Images may be bytes and logits half floats, which both overflow.
                dtype = torch.promote_types(logits.dtype, torch.float32)
                total = logits.new_zeros(*logits.shape[:2], height, width, dtype=dtype)
                weights = logits.new_zeros(height, width, dtype=torch.float32)
            weight = _ramp(window.height, weights)[:, None] * _ramp(window.width, weights)
            total[..., rows, columns] += weight * logits
            weights[rows, columns] += weight
        assert total is not None and weights is not None
        return total / weights


def _ramp(length: int, like: Tensor) -> Tensor:
    """Weights along one edge, highest in the middle and above 0 at both ends."""
    place = torch.arange(1, length + 1, device=like.device, dtype=like.dtype)
    return torch.minimum(place, length + 1 - place)
