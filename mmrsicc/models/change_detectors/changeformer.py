"""ChangeFormer, the hierarchical transformer of Bandara and Patel (2022)."""

from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.models.layers.convolution import resize
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures

#: Weights of the predictions from each scale, finest first; the last prediction has 1.
SIDE_WEIGHTS = (0.8, 0.5, 0.5, 0.5)


@MODELS.register_module()
class ChangeFormer(ChangeDetector):
    """Siamese transformer, learned differences of four scales, light convolutional decoder.

    "A Transformer-Based Siamese Network for Change Detection", IGARSS 2022, in its last form (V6).
    Each scale's difference is convolved from both dates side by side and added to the coarser
    ones; all are joined at the finest, and brought to full size by transposed convolutions. While
    training, each scale predicts a mask of its own size too. With the published backbone,
    :class:`~mmrsicc.models.backbones.MixTransformer`, it has 41.0 M parameters.

    Args:
        backbone: Config of a backbone that returns four maps at strides 4 to 32.
        source_dataset: See :class:`ChangeDetector`.
        channels: Width of the decoder.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(
        self, backbone: dict, source_dataset: str | None, channels: int = 256, **kwargs: Any
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = MODELS.build(backbone)
        widths = output_channels(self.backbone, self.bands)
        self.projections = nn.ModuleList(nn.Conv2d(c, channels, 1) for c in widths)
        self.differences = nn.ModuleList(_difference(channels) for _ in widths)
        self.predictions = nn.ModuleList(_prediction(channels) for _ in widths)
        self.fuse = nn.Sequential(
            nn.Conv2d(len(widths) * channels, channels, 1), nn.BatchNorm2d(channels)
        )
        self.decode = nn.Sequential(
            nn.ConvTranspose2d(channels, channels, 4, 2, padding=1),
            _Refinement(channels),
            nn.ConvTranspose2d(channels, channels, 4, 2, padding=1),
            _Refinement(channels),
            nn.Conv2d(channels, 2, 3, padding=1),
        )

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The backbone's maps of both dates, and the differences of all scales."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        differences: list[Tensor] = []
        for k in reversed(range(len(firsts))):
            projected = [self.projections[k](date[k]) for date in (firsts, seconds)]
            difference = self.differences[k](torch.cat(projected, dim=1))
            if differences:
                difference = difference + resize(differences[0], difference.shape[-2:])
            differences.insert(0, difference)
        joined = [resize(d, difference.shape[-2:]) for d in reversed(differences)]
        # Patches at the right and bottom edge may reach beyond the image.
        height, width = before.shape[-2:]
        logits = self.decode(self.fuse(torch.cat(joined, dim=1)))[:, :, :height, :width]
        return ChangeFeatures(firsts, seconds, tuple(differences), logits)

    def side_logits(self, features: ChangeFeatures) -> list[tuple[Tensor, float]]:
        """Logits of the mask from each scale's difference, with the published weights."""
        assert features.difference is not None
        parts = zip(self.predictions, features.difference, SIDE_WEIGHTS, strict=True)
        return [(predict(difference), weight) for predict, difference, weight in parts]


class _Refinement(nn.Module):
    """Two convolutions, of which a tenth is added to what comes in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.1 * self.body(x)


def _difference(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(2 * channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(channels),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
    )


def _prediction(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, 2, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(2),
        nn.Conv2d(2, 2, 3, padding=1),
    )
