"""The deep Siamese convolutional network of Zhan et al. (2017), and its contrastive loss."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures
from mmrsicc.utils import mean_sum

#: Channels and kernels of the five layers.
WIDTHS = (64, 64, 64, 32, 16)
KERNELS = (3, 5, 7, 9, 3)
#: Under the root of a distance, whose gradient is infinite at 0.
_EPSILON = 1e-12


@MODELS.register_module()
class DSCN(ChangeDetector):
    """Deep Siamese convolutional network (Zhan et al. 2017): features per pixel, and how far apart.

    Five convolutions at full size, the same for each date; a pixel has changed where the Euclidean
    distance of its features is above a threshold. The logits are 0 and the distance beyond the
    threshold, so that the probability of change grows with the distance. Which date comes first
    does not matter. Its authors released no code; this is built from descriptions, with one
    threshold for all images where some take Otsu's of each.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        threshold: Distance above which a pixel has changed.
        margin: Distance from which changed pixels cost nothing in training.
        vote: Odd side of a pixel's neighbourhood, whose majority decides in tests, as the paper
            cleans its masks; the second logit is then the share of changed neighbours beyond a
            half. None: each pixel decides for itself.
        class_weights: See :class:`ContrastivePixelLoss`.
        **kwargs: See :class:`ChangeDetector`; its losses are the contrastive one unless given.

    Raises:
        ValueError: ``vote`` is even.
    """

    def __init__(
        self,
        source_dataset: str | None,
        threshold: float = 0.5,
        margin: float = 1.0,
        vote: int | None = None,
        class_weights: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        contrastive = {
            "type": "ContrastivePixelLoss",
            "threshold": threshold,
            "margin": margin,
            "class_weights": class_weights,
        }
        # No layer has a stride, and padding would vote at the border.
        options = {"losses": [contrastive], "size_divisor": 1, **kwargs}
        super().__init__(source_dataset, **options)
        if vote is not None and vote % 2 == 0:
            raise ValueError(f"vote={vote}: give an odd side, so that the pixel is in the middle")
        self.threshold = threshold
        self.vote = vote
        layers: list[nn.Module] = []
        for kernel, (before, after) in zip(KERNELS, pairwise((self.bands, *WIDTHS)), strict=True):
            layers += [nn.Conv2d(before, after, kernel, padding=kernel // 2), nn.ReLU()]
        # The last layer has no ReLU, so that features may differ in sign.
        self.network = nn.Sequential(*layers[:-1])

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features (B, 16, H, W) of both dates, their distance (B, 1, H, W), and logits."""
        maps = self.network(torch.cat([before, after]))
        first, second = maps[: len(before)], maps[len(before) :]
        squares = (first - second).square().sum(1, keepdim=True)
        distance = (squares + _EPSILON).sqrt()
        beyond = distance - self.threshold
        if self.vote is not None and not self.training:
            changed, around = (beyond > 0).float(), self.vote // 2
            # Beyond the border nobody votes.
            beyond = F.avg_pool2d(changed, self.vote, 1, around, count_include_pad=False) - 0.5
        logits = torch.cat([torch.zeros_like(beyond), beyond], 1)
        return ChangeFeatures((first,), (second,), (distance,), logits)


@MODELS.register_module()
class ContrastivePixelLoss(nn.Module):
    """Contrastive loss of distances, averaged over the pixels.

    With distance d, label y and margin m: ``(1 - y) d^2 / 2 + y max(0, m - d)^2 / 2``.

    Args:
        threshold: Distance at which both logits are equal, as the detector has it.
        margin: Distance from which changed pixels cost nothing.
        class_weights: Weights of unchanged and changed pixels, for rare changes; the average is
            then the weighted one, as the paper has it. None counts all alike.
        weight: Factor of this loss in the sum.
    """

    name = "contrastive"
    binary = True

    def __init__(
        self,
        threshold: float = 0.5,
        margin: float = 1.0,
        class_weights: Sequence[float] | None = None,
        weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.threshold = threshold
        self.margin = margin
        self.class_weights = tuple(class_weights or (1.0, 1.0))
        self.weight = weight

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Loss of logits (B, 2, H, W) and labels (B, H, W)."""
        distance = (logits[:, 1] - logits[:, 0]).float() + self.threshold
        changed, unchanged = labels == 1, labels == 0
        weights = self.class_weights[0] * unchanged + self.class_weights[1] * changed
        short = (self.margin - distance).clamp_min(0)
        losses = torch.where(changed, short, distance).square() / 2
        return (losses * weights).sum() / mean_sum(weights)
