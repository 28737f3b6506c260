"""A Siamese network with spectral and spatial attention, after Wang et al. (2021)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors.dscn import DSCN
from mmrsicc.registry import MODELS


@MODELS.register_module()
class SSASiamNet(DSCN):
    """Features of pixels by convolutions and CBAM, their distance, and DSCN's contrastive loss.

    After "SSA-SiamNet: Spectral-Spatial-Wise Attention-Based Siamese Network for Hyperspectral
    Image Change Detection" (Wang et al., TGRS 2021), of which only the abstract was to be had: a
    shared network attends to channels, then to places, and a weighted contrastive loss draws
    unchanged pixels together. Sizes are ours. The paper classifies patches; here the same features
    are computed for all pixels at once.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        widths: Channels of the convolutions, each but the last followed by attention.
        **kwargs: As for :class:`DSCN`.
    """

    def __init__(
        self, source_dataset: str | None, widths: Sequence[int] = (64, 64, 32), **kwargs: Any
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        layers: list[nn.Module] = []
        entering = self.bands
        for number, width in enumerate(widths, 1):
            layers.append(nn.Conv2d(entering, width, 3, padding=1))
            if number < len(widths):
                layers += [nn.ReLU(), SpectralSpatialAttention(width)]
            entering = width
        self.network = nn.Sequential(*layers)


class SpectralSpatialAttention(nn.Module):
    """CBAM (Woo et al. 2018): channels weighed by what they are, then places.

    Channels are pooled over a window, not over the image, so that a pixel's features are those of
    its neighbourhood.

    Args:
        channels: Channels C.
        reduction: The hidden layer has C / ``reduction`` channels.
        window: Odd side of the neighbourhood.
    """

    def __init__(self, channels: int, reduction: int = 8, window: int = 5) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )
        self.mean = nn.AvgPool2d(window, 1, window // 2, count_include_pad=False)
        self.most = nn.MaxPool2d(window, 1, window // 2)
        self.places = nn.Conv2d(2, 1, window, padding=window // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        x = x * (self.mlp(self.mean(x)) + self.mlp(self.most(x))).sigmoid()
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return x * self.places(pooled).sigmoid()
