"""The bilinear convolutional network of Lin et al. (2019)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures

#: Under the root of a product, whose gradient is infinite at 0.
_EPSILON = 1e-6


@MODELS.register_module()
class BCNN(ChangeDetector):
    """Outer products of two dates' features, summed over each pixel's neighbourhood, classified.

    After "Multispectral Change Detection With Bilinear Convolutional Neural Networks" (Lin et al.,
    GRSL 2020), of which only the abstract was to be had: two symmetric networks, the outer product
    of their maps over a patch, its signed root of unit length, a linear classifier. Sizes are ours.
    The paper classifies patches; here the same is computed for all pixels at once.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        widths: Channels of the convolutions of each date; the last is squared by the product.
        window: Odd side of the neighbourhood.
        **kwargs: See :class:`ChangeDetector`; its losses are the cross-entropy alone unless given.

    Raises:
        ValueError: If ``window`` is even or less than 1.
    """

    def __init__(
        self,
        source_dataset: str | None,
        widths: Sequence[int] = (32, 32, 16),
        window: int = 5,
        **kwargs: Any,
    ) -> None:
        if window < 1 or window % 2 == 0:
            raise ValueError(f"window={window}: choose an odd side, such as 5, with a middle pixel")
        # No layer has a stride, and padding would count at the border.
        options = {"losses": [{"type": "BCELoss"}], "size_divisor": 1, **kwargs}
        super().__init__(source_dataset, **options)
        # Dates of other sensors may have other bands: the networks share nothing.
        self.networks = nn.ModuleList(
            _convolutions((bands, *widths)) for bands in self.normalizer.bands
        )
        self.window = window
        self.classify = nn.Conv2d(widths[-1] ** 2, 2, 1)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features (B, C, H, W) of both dates, their product (B, C * C, H, W), and logits."""
        first, second = (
            network(image) for network, image in zip(self.networks, (before, after), strict=True)
        )
        product = self.bilinear(first, second)
        return ChangeFeatures((first,), (second,), (product,), self.classify(product))

    def bilinear(self, first: Tensor, second: Tensor) -> Tensor:
        """Signed root, of unit length, of the mean outer product around each place."""
        outer = torch.einsum("bchw,bdhw->bcdhw", first, second).flatten(1, 2)
        pooled = F.avg_pool2d(outer, self.window, 1, self.window // 2, count_include_pad=False)
        root = pooled.sign() * (pooled.abs() + _EPSILON).sqrt()
        return F.normalize(root, dim=1)


def _convolutions(widths: Sequence[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for entering, width in pairwise(widths):
        layers += [nn.Conv2d(entering, width, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
