"""Backbones of RGB images, for images of other bands."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmrsicc.models.layers.band_filters import widened
from mmrsicc.registry import MODELS


@MODELS.register_module()
class WidenedBackbone(BaseModule):
    """Any backbone of RGB images with its first convolution widened to more or other bands.

    Its weights are those that the backbone's own ``init_cfg`` or ``pretrained`` names; the filters
    of the first convolution, which must take three channels, follow :func:`widened`. All other
    weights stay as they are.

    Args:
        backbone: Config of the RGB backbone, such as ``dict(type="mmpretrain.ResNet", depth=18)``.
        bands: Bands of the images.
        colours: Positions of red, green and blue among the bands, from 1: these keep their own
            filters. None: none is a colour.
        init_cfg: See MMEngine's ``BaseModule``; the backbone has its own.

    Raises:
        ValueError: If the backbone's first convolution does not take three channels.
    """

    def __init__(
        self,
        backbone: dict[str, Any],
        bands: int,
        colours: Sequence[int] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.config = dict(backbone)
        self.colours = colours
        self.body: Any = MODELS.build(backbone)
        first = _first_convolution(self.body)
        with torch.no_grad():
            filters = widened(first.weight, bands, colours)
        first.weight = nn.Parameter(filters, requires_grad=first.weight.requires_grad)
        first.in_channels = bands

    def init_weights(self) -> None:
        """Initialises the backbone as the RGB one it is, then widens its filters."""
        if self.is_init:
            return
        rgb: Any = MODELS.build(self.config)
        rgb.init_weights()
        weights = rgb.state_dict()
        convolution = _first_convolution(rgb)
        key = next(name for name, module in rgb.named_modules() if module is convolution)
        first = _first_convolution(self.body)
        weights[f"{key}.weight"] = widened(
            weights[f"{key}.weight"], first.in_channels, self.colours
        )
        self.body.load_state_dict(weights)
        self._is_init = True

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """From images (N, bands, H, W) to the backbone's maps, finest first."""
        return self.body(images)


def _first_convolution(backbone: nn.Module) -> nn.Conv2d:
    """The first convolution of a backbone."""
    found = next((m for m in backbone.modules() if isinstance(m, nn.Conv2d)), None)
    # An already widened convolution is found by its position.
    if found is None or found.groups != 1:
        raise ValueError(
            f"{type(backbone).__name__} does not begin with a plain convolution: take another one"
        )
    return found
