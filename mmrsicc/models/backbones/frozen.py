"""Frozen backbone, whose maps of an image are computed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmrsicc.models.feature_cache import FeatureCache
from mmrsicc.registry import MODELS


@MODELS.register_module()
class FrozenBackbone(BaseModule):
    """A backbone that is not trained: its weights stay, and it is always in eval mode.

    Neck and head then train for hundreds of epochs in minutes, also on a CPU, since ``cache`` keeps
    the maps of training images. An image is known by its pixels: each of the eight orientations has
    maps of its own, and random colours leave nothing to keep. Behind stems that are trained the
    gradient passes through it, and no map is kept.

    Args:
        backbone: Takes images (N, C, H, W), returns K maps (N, C_k, H_k, W_k).
        cache: Arguments of a :class:`FeatureCache`; None: maps are computed again in every epoch.

    Raises:
        ValueError: If the backbone relates the dates, so that the maps of one image are not its
            own.
    """

    def __init__(self, backbone: Mapping[str, Any], cache: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.backbone = MODELS.build(backbone).requires_grad_(False)
        if hasattr(self.backbone, "ccs"):
            raise ValueError(
                f"{type(self.backbone).__name__} relates the two dates: FrozenBackbone keeps maps "
                "of single images; take a backbone that sees one at a time"
            )
        self.cache = None if cache is None else FeatureCache(**cache)

    def train(self, mode: bool = True) -> FrozenBackbone:
        """Sets the mode; the backbone itself stays in eval mode."""
        super().train(mode)
        self.backbone.eval()
        return self

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """K maps (N, C_k, H_k, W_k) of normalised images (N, C, H, W)."""
        if torch.is_grad_enabled() and images.requires_grad:
            return tuple(self.backbone(images))
        with torch.no_grad():
            if self.cache is None or not self.training:
                return tuple(self.backbone(images))
            (maps,) = self.cache(self.backbone, lambda new: (tuple(self.backbone(new)),), images)
            return maps
