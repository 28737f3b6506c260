"""Backbone that sees both dates as one image of twice the bands."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmrsicc.registry import MODELS


@MODELS.register_module()
class JointBackbone(BaseModule):
    """One stream for both dates, as in SEN (Zhou et al. 2024), and a few pixels of each.

    The map of a date is the backbone's last, which both share, beside the date's image at one pixel
    for each of its places: what a convolution of 1x1 reads with the backbone's stride.

    Args:
        backbone: Config of a backbone whose ``in_channels`` are the bands of both dates.
        init_cfg: See MMEngine's ``BaseModule``.
    """

    #: The backbone relates the dates (:func:`mmrsicc.models.layers.encode_dates`).
    ccs = "input"

    def __init__(self, backbone: Mapping[str, Any], init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor]:
        """From images (B, C_t, H, W) to one map (B, 2 (C + C_t), h, w), the first date's first."""
        joint = self.backbone(torch.cat([before, after], dim=1))[-1]
        rows, columns = (
            -(-side // places)
            for side, places in zip(before.shape[-2:], joint.shape[-2:], strict=True)
        )
        first, second = (date[..., ::rows, ::columns] for date in (before, after))
        return (torch.cat([joint, first, joint, second], dim=1),)
