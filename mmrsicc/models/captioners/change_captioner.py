"""The one top-level model: images of two dates in, a sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.registry import MODELS, TASK_UTILS, TOKENIZERS
from mmrsicc.structures import ChangeDataSample, ChangeFeatures, DifferenceFeatures


@MODELS.register_module()
class ChangeCaptioner(BaseModel):
    """Backbone, optional frozen change detector, neck, caption head and auxiliary losses.

    Each part is told what it must know of the others when it is built: the neck the backbone's
    channels as ``in_channels`` (and the detector's as ``change_channels``), head and auxiliary
    losses the neck's ``out_channels`` as ``in_channels``. A config may still state them.

    Args:
        backbone: Called once with both dates stacked on the batch axis.
        neck: From maps of both dates to :class:`DifferenceFeatures`.
        head: Caption head; gets the tokenizer.
        tokenizer: Turns sentences into ids and back.
        decoding: Decoding strategy of ``predict``.
        change_detector: Frozen model with ``extract``: no gradient, always in eval mode.
        auxiliary_losses: Further losses by name.
        data_preprocessor: Normalises and batches the pairs.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        head: dict,
        tokenizer: dict,
        decoding: dict | None = None,
        change_detector: dict | None = None,
        auxiliary_losses: Mapping[str, dict] | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        preprocessor = data_preprocessor or {"type": "PairDataPreprocessor"}
        super().__init__(data_preprocessor=MODELS.build(preprocessor))
        self.tokenizer = TOKENIZERS.build(tokenizer)
        self.decoding = TASK_UTILS.build(decoding or {"type": "GreedySearch"})
        self.backbone = MODELS.build(backbone)
        neck = {"in_channels": output_channels(self.backbone), **neck}
        self.change_detector: Any = None
        if change_detector is not None:
            self.change_detector = MODELS.build(change_detector).requires_grad_(False).eval()
            neck = {"change_channels": self._change_channels(), **neck}
        self.neck = MODELS.build(neck)
        width = self.neck.out_channels
        self.head = MODELS.build({"in_channels": width, "tokenizer": self.tokenizer, **head})
        self.auxiliary_losses = nn.ModuleDict(
            {
                name: MODELS.build({"in_channels": width, **loss})
                for name, loss in (auxiliary_losses or {}).items()
            }
        )

    def train(self, mode: bool = True) -> ChangeCaptioner:
        """As ever, but the frozen change detector stays in eval mode."""
        super().train(mode)
        if self.change_detector is not None:
            self.change_detector.eval()
        return self

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[ChangeDataSample] | None = None,
        mode: str = "tensor",
    ) -> dict[str, Tensor] | list[ChangeDataSample] | DifferenceFeatures:
        """Takes normalised pairs (B, 2, 3, H, W).

        Returns:
            mode 'loss': losses and diagnostics by name; 'predict': samples with ``pred_caption``,
            ``pred_score`` and, where the change detector has logits, ``pred_mask``; 'tensor': what
            the neck says differs.

        Raises:
            ValueError: If the mode is another, or 'loss' without samples.
        """
        difference = self.extract_difference(inputs)
        if mode == "tensor":
            return difference
        if mode == "predict":
            return self._predict(difference, data_samples)
        if mode == "loss" and data_samples is not None:
            losses = {**self.head.loss(difference, data_samples), **difference.statistics}
            for loss in self.auxiliary_losses.values():
                losses.update(loss(difference, data_samples))
            return losses
        raise ValueError(
            f"mode must be 'loss' (with data_samples), 'predict' or 'tensor', got {mode!r}"
        )

    def extract_difference(self, inputs: Tensor) -> DifferenceFeatures:
        """What differs between the dates of normalised pairs (B, 2, 3, H, W).

        Its ``maps`` also hold the change detector's logits (B, 2, H, W) as ``change_logits``.
        """
        before, after = encode_dates(self.backbone, inputs[:, 0], inputs[:, 1])
        change = self._detect_change(inputs)
        difference = self.neck(before, after, change)
        if change is not None and change.logits is not None:
            difference.maps["change_logits"] = change.logits
        return difference

    @torch.no_grad()
    def _detect_change(self, inputs: Tensor) -> ChangeFeatures | None:
        if self.change_detector is None:
            return None
        raw = self.data_preprocessor.denormalise(inputs)
        return self.change_detector.extract(raw[:, 0], raw[:, 1])

    def _change_channels(self) -> tuple[int, ...]:
        """Channels of the change detector's maps, asked with a blank pair."""
        features = self._detect_change(torch.zeros(1, 2, 3, 224, 224))
        assert features is not None
        return tuple(m.shape[1] for m in features.before)

    def _predict(
        self, difference: DifferenceFeatures, data_samples: Sequence[ChangeDataSample] | None
    ) -> list[ChangeDataSample]:
        samples = list(data_samples or [ChangeDataSample() for _ in difference.tokens])
        start, end = self.tokenizer.start_id, self.tokenizer.end_id
        decoded = self.decoding(self.head, difference, start, end)
        for sample, hypotheses in zip(samples, decoded, strict=True):
            sample.pred_caption = self.tokenizer.decode(hypotheses[0].ids)
            sample.pred_score = hypotheses[0].score
        if "change_logits" in difference.maps:
            masks = difference.maps["change_logits"].argmax(1).to(torch.uint8)
            for sample, mask in zip(samples, masks, strict=True):
                height, width = sample.get("img_shape", mask.shape)
                sample.pred_mask = mask[:height, :width]
        return samples
