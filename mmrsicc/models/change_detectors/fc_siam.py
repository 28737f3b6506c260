"""The fully convolutional change detectors of Daudt et al. (2018).

"Fully Convolutional Siamese Networks for Change Detection", ICIP 2018: one small U-Net, trained
from scratch, and three ways for two dates to go through it.
"""

from typing import Any

import torch
from torch import Tensor

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers.fc_unet import FCDecoder, FCEncoder
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class FCEF(ChangeDetector):
    """FC-EF: both dates are one image of six channels (early fusion); 1.35 M parameters.

    It has no maps of one date: a captioner gets the joint maps in place of both dates'.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        dropout: Probability of dropping a whole channel, after every convolution.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(self, source_dataset: str | None, dropout: float = 0.2, **kwargs: Any) -> None:
        super().__init__(source_dataset, **kwargs)
        self.encoder = FCEncoder(6, dropout)
        self.decoder = FCDecoder(1, dropout)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The encoder's pooled maps, twice, and the decoder's."""
        maps, pooled = self.encoder(torch.cat([before, after], dim=1))
        differences, logits = self.decoder(pooled[-1], maps)
        return ChangeFeatures(tuple(pooled), tuple(pooled), differences, logits)


@MODELS.register_module()
class FCSiamConc(ChangeDetector):
    """FC-Siam-conc: one encoder for both dates, whose maps enter the decoder side by side.

    1.55 M parameters. The coarsest map that the decoder starts from is that of the second date
    alone, as published. Both dates share the batch statistics while training, where the authors
    have each date's own.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        dropout: Probability of dropping a whole channel, after every convolution.
        **kwargs: See :class:`ChangeDetector`.
    """

    #: How many maps of each scale :meth:`join` makes of the two dates'.
    joined = 2

    def __init__(self, source_dataset: str | None, dropout: float = 0.2, **kwargs: Any) -> None:
        super().__init__(source_dataset, **kwargs)
        self.encoder = FCEncoder(3, dropout)
        self.decoder = FCDecoder(self.joined, dropout)

    def join(self, before: Tensor, after: Tensor) -> Tensor:
        """What the decoder sees of two maps (B, C, H, W)."""
        return torch.cat([before, after], dim=1)

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """The encoder's pooled maps of both dates, and the decoder's."""
        batch = before.shape[0]
        maps, pooled = self.encoder(torch.cat([before, after]))
        skips = [self.join(m[:batch], m[batch:]) for m in maps]
        differences, logits = self.decoder(pooled[-1][batch:], skips)
        firsts, seconds = tuple(p[:batch] for p in pooled), tuple(p[batch:] for p in pooled)
        return ChangeFeatures(firsts, seconds, differences, logits)


@MODELS.register_module()
class FCSiamDiff(FCSiamConc):
    """FC-Siam-diff: FC-Siam-conc with the absolute difference of the maps; 1.35 M parameters."""

    joined = 1

    def join(self, before: Tensor, after: Tensor) -> Tensor:
        """What the decoder sees of two maps (B, C, H, W)."""
        return (after - before).abs()
