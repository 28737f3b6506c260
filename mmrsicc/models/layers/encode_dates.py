"""Both dates through one backbone."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def encode_dates(
    backbone: nn.Module, before: Tensor, after: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """K maps of each date from one call of the backbone.

    The dates are stacked on the batch axis, unless the backbone :func:`takes_both_dates`. Images
    are passed on with their channels last in memory, which most convolutions prefer.

    Args:
        backbone: Takes (2 B, 3, H, W), returns K maps (2 B, C_k, H_k, W_k); or takes two images
            (B, 3, H, W), returns K maps (B, 2 C_k, H_k, W_k).
        before: Images of the first date, (B, 3, H, W).
        after: Images of the second date, (B, 3, H, W).
    """
    if takes_both_dates(backbone):
        dates = (x.contiguous(memory_format=torch.channels_last) for x in (before, after))
        return split_dates(backbone(*dates))
    images = torch.cat([before, after]).contiguous(memory_format=torch.channels_last)
    maps = backbone(images)
    # Sliced, not chunked, and sizes by `shape`: ONNX export keeps these dynamic.
    batch = before.shape[0]
    firsts, seconds = zip(*((m[:batch], m[batch:]) for m in maps), strict=True)
    return firsts, seconds


def takes_both_dates(backbone: nn.Module) -> bool:
    """Whether a backbone lets the dates interact and so is called with both, as Open-CD's ``IA_*``.

    It is told by its attribute ``ccs``, the layers in which they do.
    """
    return hasattr(backbone, "ccs")


def split_dates(maps: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """K maps of each date from K maps (B, 2 C_k, H_k, W_k), the first date's channels first."""
    firsts, seconds = zip(*(m.chunk(2, dim=1) for m in maps), strict=True)
    return firsts, seconds
