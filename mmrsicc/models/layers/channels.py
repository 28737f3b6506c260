"""How many channels a backbone puts out, asked of the backbone itself."""

import torch
from torch import nn

from mmrsicc.models.layers.encode_dates import takes_both_dates


@torch.no_grad()
def output_channels(backbone: nn.Module, image_size: int = 224) -> tuple[int, ...]:
    """Channels (C_1, ..., C_K) of a backbone's K feature maps of one date.

    OpenMMLab backbones do not state them in one way, so one blank image of
    ``image_size`` x ``image_size`` pixels is sent through; the backbone is left as it was.

    Raises:
        ValueError: If the output is not a sequence of (N, C, H, W) maps.
    """
    dates = 2 if takes_both_dates(backbone) else 1
    was_training = backbone.training
    backbone.eval()
    try:
        maps = backbone(*torch.zeros(dates, 1, 3, image_size, image_size))
    finally:
        backbone.train(was_training)
    if not isinstance(maps, (tuple, list)) or any(m.dim() != 4 for m in maps):
        raise ValueError(
            f"{type(backbone).__name__} must return a tuple of (N, C, H, W) maps; set its "
            "output options so (e.g. out_type='featmap', out_indices=(0, 1, 2, 3))"
        )
    return tuple(m.shape[1] // dates for m in maps)
