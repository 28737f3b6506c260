"""Mask head: logits of a change mask."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors import stack_masks
from mmrsicc.models.layers.convolution import MaskDecoder, resize
from mmrsicc.models.losses.masks import build_mask_losses
from mmrsicc.registry import MODELS
from mmrsicc.structures import IGNORED, ChangeDataSample, DifferenceFeatures


@MODELS.register_module()
class MaskHead(nn.Module):
    """Change mask of a captioner, from its neck's maps of what differs at each scale.

    A light decoder, as SegFormer's: each scale is projected, brought to the finest, joined and
    classified; or MCI's, which doubles the size of the finest and classifies it. It learns from
    annotated masks, so that captioning and change detection are trained together (as Change-Agent's
    MCI does: Liu et al., IEEE TGRS 2024), or from the masks that the frozen change detector
    predicts (as Pix4Cap does).

    Args:
        in_channels: Channels of the neck's difference maps of each scale.
        num_classes: Classes with "unchanged", which is 0: 3 for the roads and buildings of
            LEVIR-MCI.
        target: "annotation": the samples' ``gt_mask``; "detector": the change detector's mask.
        channels: Width of the decoder; a multiple of 32, unless it is MCI's.
        transposed: Whether it is MCI's, which goes with that neck.
        losses: Configs of losses of the mask (``mmrsicc/models/losses/masks.py``), added up;
            ``BCELoss``, MCI's, by default. With more than two classes, ``BCELoss`` and
            ``LovaszLoss``.
        loss_weight: Weight of their sum.

    Raises:
        ValueError: If there is no such target, the detector's mask has other classes, or the losses
            do not go together or with the classes.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        num_classes: int = 2,
        target: str = "annotation",
        channels: int = 64,
        transposed: bool = False,
        losses: Sequence[dict] | None = None,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if target not in ("annotation", "detector"):
            raise ValueError(f"MaskHead: target={target!r} must be 'annotation' or 'detector'")
        if target == "detector" and num_classes != 2:
            raise ValueError(
                f"MaskHead: a change detector's mask has 2 classes, not num_classes={num_classes}"
            )
        self.target = target
        self.num_classes = num_classes
        self.loss_weight = loss_weight
        if not in_channels:
            raise ValueError(
                "MaskHead: the neck has no difference maps of scales: use JFM, FusionNeck or "
                "SubtractionNeck"
            )
        self.transposed = transposed
        self.laterals: nn.ModuleList = nn.ModuleList()
        self.fuse: nn.Sequential
        if transposed:
            self.fuse = nn.Sequential(
                nn.ConvTranspose2d(in_channels[0], channels, 4, stride=2, padding=1),
                nn.Conv2d(channels, num_classes, 1),
            )
        else:
            self.laterals.extend(nn.Conv2d(c, channels, 1) for c in in_channels)
            self.fuse = MaskDecoder(len(self.laterals), channels, num_classes)
        self.losses = build_mask_losses(losses or [{"type": "BCELoss"}], num_classes)

    def forward(self, scales: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """Logits (B, num_classes, H, W) at ``size`` (H, W), from the neck's difference maps."""
        if self.transposed:
            return resize(self.fuse(scales[0]), size)
        maps = [project(scale) for project, scale in zip(self.laterals, scales, strict=True)]
        return self.fuse(maps, size)

    def loss(
        self, features: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Loss of its logits (``features.logits``).

        Returns:
            ``loss_mask``, and each of its losses as ``mask_*``.

        Raises:
            ValueError: If there are no such masks, or they have more classes.
        """
        logits = features.logits
        assert logits is not None
        labels = self._labels(features, samples, logits)
        terms = {loss.name: loss.weight * loss(logits, labels) for loss in self.losses}
        total = self.loss_weight * torch.stack(list(terms.values())).sum()
        return {"loss_mask": total, **{f"mask_{k}": v.detach() for k, v in terms.items()}}

    def _labels(
        self, features: DifferenceFeatures, samples: Sequence[ChangeDataSample], logits: Tensor
    ) -> Tensor:
        """(B, H, W) class ids."""
        if self.target == "detector":
            if features.change is None or features.change.logits is None:
                raise ValueError(
                    "MaskHead: target='detector' needs a change_detector that has logits"
                )
            labels = (features.change.logits.argmax(1) != 0).long()
            for label, sample in zip(labels, samples, strict=True):
                height, width = sample.get("img_shape", label.shape)
                label[height:], label[:, width:] = IGNORED, IGNORED  # Padding.
            return labels
        for sample in samples:
            if "gt_mask" not in sample:
                raise ValueError(
                    f"MaskHead: pair {sample.get('pair_id')!r} has no mask to learn from: set "
                    "mask_dir of the training set"
                )
        return stack_masks(samples, logits)
