"""Both dates through one backbone."""

import torch
from torch import Tensor, nn


def encode_dates(
    backbone: nn.Module, before: Tensor, after: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """K maps of each date from one call of the backbone, the dates stacked on the batch axis.

    Images are passed on with their channels last in memory, which most convolutions prefer.

    Args:
        backbone: Takes (2 B, 3, H, W), returns K maps (2 B, C_k, H_k, W_k).
        before: Images of the first date, (B, 3, H, W).
        after: Images of the second date, (B, 3, H, W).
    """
    images = torch.cat([before, after]).contiguous(memory_format=torch.channels_last)
    maps = backbone(images)
    # Sliced, not chunked, and sizes by `shape`: ONNX export keeps these dynamic.
    batch = before.shape[0]
    firsts, seconds = zip(*((m[:batch], m[batch:]) for m in maps), strict=True)
    return firsts, seconds
