"""Both dates through one backbone, and the channels of its maps."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: Height and width of the blank images that models are asked for their channels with, where they
#: are not made for images of one size.
BLANK_SIZE = 224


def encode_dates(
    backbone: nn.Module, before: Tensor, after: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """K maps of each date from one call of the backbone.

    The dates are stacked on the batch axis, unless the backbone :func:`takes_both_dates`. Images
    are passed on with their channels last in memory, which most convolutions prefer.

    Args:
        backbone: Takes (2 B, C, H, W), returns K maps (2 B, C_k, H_k, W_k); or takes two images
            (B, C, H, W), returns K maps (B, 2 C_k, H_k, W_k).
        before: Images of the first date, (B, C, H, W).
        after: Images of the second date, (B, C, H, W).
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
    """Whether a backbone relates the dates and is called with both, as Open-CD's ``IA_*``.

    Its attribute ``ccs``, the layers in which they do, says so.
    """
    return hasattr(backbone, "ccs")


def split_dates(maps: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """K maps of each date from K maps (B, 2 C_k, H_k, W_k), the first date's channels first."""
    firsts, seconds = zip(*(m.chunk(2, dim=1) for m in maps), strict=True)
    return firsts, seconds


def blank_size(backbone: nn.Module) -> tuple[int, int]:
    """Height and width of a blank image for a backbone: its ``img_size``, where it states one."""
    stated = getattr(backbone, "img_size", None) or BLANK_SIZE
    height, width = (stated, stated) if isinstance(stated, int) else stated
    return int(height), int(width)


@torch.no_grad()
def output_channels(backbone: nn.Module, in_channels: int = 3) -> tuple[int, ...]:
    """Channels (C_1, ..., C_K) of a backbone's K maps of one date.

    OpenMMLab's backbones do not state them in one way, so a blank image is sent through. The
    backbone is left as it was.

    Args:
        backbone: As for :func:`encode_dates`.
        in_channels: Channels of the images.

    Raises:
        ValueError: If the output is no sequence of (N, C, H, W) maps.
    """
    both = takes_both_dates(backbone)
    blank = torch.zeros(1 + both, 1, in_channels, *blank_size(backbone))
    was_training = backbone.training
    backbone.eval()
    try:
        maps = backbone(*blank)
    finally:
        backbone.train(was_training)
    if not isinstance(maps, (tuple, list)) or any(m.dim() != 4 for m in maps):
        raise ValueError(
            f"{type(backbone).__name__} must return a tuple of (N, C, H, W) maps; set its "
            "output options so (e.g. out_type='featmap', out_indices=(0, 1, 2, 3))"
        )
    return tuple(m.shape[1] // (1 + both) for m in maps)
