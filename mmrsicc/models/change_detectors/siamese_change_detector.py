"""A native Siamese change detector: any backbone, a light decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, ChangeFeatures
from mmrsicc.utils.checkpoint import find_checkpoint, load_weights, read_checkpoint

#: Label of pixels that padding added.
IGNORED = 255


@MODELS.register_module()
class SiameseChangeDetector(BaseModel):
    """Siamese encoder and light decoder (FC-Siam-diff's idea with SegFormer's all-MLP decoder).

    Both dates pass the backbone in one call; per scale the absolute difference is projected; all
    scales are brought to the finest, joined and classified. Trained by itself on masks; given to
    a captioner, it contributes :meth:`extract` and is frozen there.

    Args:
        backbone: Config of a backbone that returns K maps.
        source_dataset: Name of the data set the weights come from, None for random ones; stands in
            the provenance of every captioner that uses them.
        channels: Width of the decoder.
        checkpoint: Weights to start from: a file of this model's own training, or a glob pattern
            that matches one.
        made_by: The command that makes ``checkpoint``, told where it is missing.
        data_preprocessor: Config of this model's own normalisation.
    """

    def __init__(
        self,
        backbone: dict,
        source_dataset: str | None,
        channels: int = 128,
        checkpoint: str | None = None,
        made_by: str | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        preprocessor = data_preprocessor or {"type": "PairDataPreprocessor", "size_divisor": 32}
        super().__init__(data_preprocessor=MODELS.build(preprocessor))
        self.source_dataset = source_dataset
        self.checkpoint = checkpoint
        self.made_by = made_by
        self.backbone = MODELS.build(backbone)
        self.laterals = nn.ModuleList(
            nn.Conv2d(c, channels, 1) for c in output_channels(self.backbone)
        )
        self.fuse = nn.Sequential(
            nn.Conv2d(len(self.laterals) * channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 2, 1),
        )

    def init_weights(self) -> None:
        """Initialises, or loads ``checkpoint`` with every key accounted for.

        Raises:
            FileNotFoundError: If ``checkpoint`` is missing; the message says how to make it.
            ValueError: If it does not fit, or was trained on another data set.
        """
        if self.checkpoint is None:
            super().init_weights()
            return
        path = find_checkpoint(self.checkpoint, self.made_by)
        content = read_checkpoint(path)
        source = content.get("meta", {}).get("dataset_meta", {}).get("source_dataset")
        if source not in (None, self.source_dataset):
            raise ValueError(
                f"{path} was trained on {source!r}, the config says "
                f"source_dataset={self.source_dataset!r}: correct the one that is wrong"
            )
        load_weights(self, content["state_dict"], path)

    def extract(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features and logits of raw RGB images, each (B, 3, H, W) in 0..255."""
        normalise = self.data_preprocessor.normalise
        return self._features(normalise(before), normalise(after))

    def _features(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        firsts, seconds = encode_dates(self.backbone, before, after)
        differences = tuple(
            lateral((b - a).abs())
            for lateral, a, b in zip(self.laterals, firsts, seconds, strict=True)
        )
        finest = differences[0].shape[-2:]
        joined = torch.cat([_resize(d, finest) for d in differences], dim=1)
        logits = _resize(self.fuse(joined), before.shape[-2:])
        return ChangeFeatures(firsts, seconds, differences, logits)

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[ChangeDataSample] | None = None,
        mode: str = "tensor",
    ) -> dict[str, Tensor] | list[ChangeDataSample] | Tensor:
        """Takes normalised pairs (B, 2, 3, H, W).

        Returns:
            mode 'loss': cross-entropy and Dice loss; 'predict': samples with ``pred_mask``;
            'tensor': (B, 2, H, W) logits.

        Raises:
            ValueError: If the mode is another.
        """
        logits = self._features(inputs[:, 0], inputs[:, 1]).logits
        assert logits is not None
        if mode == "tensor":
            return logits
        samples = data_samples or [ChangeDataSample() for _ in inputs]
        if mode == "loss":
            return _mask_losses(logits, _stack_masks(samples, logits))
        if mode == "predict":
            predict_masks(samples, logits)
            return list(samples)
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")


def predict_masks(samples: Sequence[ChangeDataSample], logits: Tensor) -> None:
    """Gives each sample its ``pred_mask``, without padding, from logits (B, 2, H, W)."""
    for sample, mask in zip(samples, logits.argmax(1).to(torch.uint8), strict=True):
        height, width = sample.get("img_shape", mask.shape)
        sample.pred_mask = mask[:height, :width]


def _resize(maps: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def _stack_masks(samples: Sequence[ChangeDataSample], logits: Tensor) -> Tensor:
    """(B, H, W) labels, padded like the images."""
    height, width = logits.shape[-2:]
    masks = []
    for sample in samples:
        if "gt_mask" not in sample:
            raise ValueError(
                f"pair {sample.get('pair_id')!r} has no mask: a change detector trains on "
                "A/B/label folders (ChangeDetectionDataset)"
            )
        mask = sample.gt_mask.to(logits.device)
        padding = (0, width - mask.shape[1], 0, height - mask.shape[0])
        masks.append(F.pad(mask.long(), padding, value=IGNORED))
    return torch.stack(masks)


def _mask_losses(logits: Tensor, masks: Tensor) -> dict[str, Tensor]:
    """Cross-entropy, and the Dice loss (Milletari et al. 2016) of the changed class."""
    known = masks != IGNORED
    probability = logits.float().softmax(1)[:, 1] * known
    changed = (masks == 1).float()
    overlap = 2 * (probability * changed).sum() + 1
    return {
        "loss_ce": F.cross_entropy(logits.float(), masks, ignore_index=IGNORED),
        "loss_dice": 1 - overlap / (probability.sum() + changed.sum() + 1),
    }
