"""The one top-level model: images of two dates in, a sentence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmrsicc.models.change_detectors import predict_masks
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.registry import MODELS, TASK_UTILS, TOKENIZERS
from mmrsicc.structures import ChangeDataSample, ChangeFeatures, DifferenceFeatures


@MODELS.register_module()
class ChangeCaptioner(BaseModel):
    """Backbone, optional frozen change detector, neck, caption head and auxiliary losses.

    Each part is told what it must know of the others when it is built: the neck the backbone's
    channels as ``in_channels`` (and the detector's as ``change_channels``), head and auxiliary
    losses the neck's ``out_channels`` as ``in_channels``, auxiliary losses also the channels of the
    backbone's last maps as ``encoder_channels``. A config may still state them.

    Args:
        backbone: Called once with both dates stacked on the batch axis.
        neck: From maps of both dates to :class:`DifferenceFeatures`.
        head: Caption head; gets the tokenizer.
        tokenizer: Turns sentences into ids and back.
        decoding: Decoding strategy of ``predict``.
        change_detector: Frozen model with ``extract``: no gradient, always in eval mode.
        auxiliary_losses: Further losses by name.
        loss_balance: Policy that weighs the terms of the loss against each other; None leaves them
            as they are.
        data_preprocessor: Normalises and batches the pairs.

    Attributes:
        loss_factors: Factors on the terms of the head ("caption") and of auxiliary losses (by their
            names), for hooks that schedule them; a term that is not named counts whole.
        loss_observer: Called with the terms of each training step, graph and all, if a hook set it.
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
        loss_balance: dict | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        preprocessor = data_preprocessor or {"type": "PairDataPreprocessor"}
        super().__init__(data_preprocessor=MODELS.build(preprocessor))
        self.tokenizer = TOKENIZERS.build(tokenizer)
        self.decoding = TASK_UTILS.build(decoding or {"type": "GreedySearch"})
        self.backbone = MODELS.build(backbone)
        encoder_channels = output_channels(self.backbone)
        neck = {"in_channels": encoder_channels, **neck}
        self.change_detector: Any = None
        if change_detector is not None:
            self.change_detector = MODELS.build(change_detector).requires_grad_(False).eval()
            neck = {"change_channels": self._change_channels(), **neck}
        self.neck = MODELS.build(neck)
        width = self.neck.out_channels
        self.head = MODELS.build({"in_channels": width, "tokenizer": self.tokenizer, **head})
        widths = {"in_channels": width, "encoder_channels": encoder_channels[-1]}
        self.auxiliary_losses = nn.ModuleDict(
            {
                name: MODELS.build({**widths, **loss})
                for name, loss in (auxiliary_losses or {}).items()
            }
        )
        self.loss_balance = None if loss_balance is None else MODELS.build(loss_balance)
        self.loss_factors: dict[str, float] = {}
        self.loss_observer: Callable[[Mapping[str, Tensor]], None] | None = None

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
            return self._losses(difference, data_samples)
        raise ValueError(
            f"mode must be 'loss' (with data_samples), 'predict' or 'tensor', got {mode!r}"
        )

    def extract_difference(self, inputs: Tensor) -> DifferenceFeatures:
        """What differs between the dates of normalised pairs (B, 2, 3, H, W).

        Its ``maps`` also hold the backbone's last maps of both dates as ``encoder_before`` and
        ``encoder_after``, and the change detector's logits (B, 2, H, W) as ``change_logits``.
        """
        before, after = encode_dates(self.backbone, inputs[:, 0], inputs[:, 1])
        change = self._detect_change(inputs)
        difference = self.neck(before, after, change)
        difference.maps |= {"encoder_before": before[-1], "encoder_after": after[-1]}
        if change is not None and change.logits is not None:
            difference.maps["change_logits"] = change.logits
        return difference

    def _losses(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Terms of the loss, scheduled and balanced, and diagnostics."""
        results = {"caption": self.head.loss(difference, samples)}
        results |= {name: loss(difference, samples) for name, loss in self.auxiliary_losses.items()}
        terms, diagnostics = {}, dict(difference.statistics)
        for part, values in results.items():
            for key, value in values.items():
                if "loss" in key:
                    terms[key] = value * self.loss_factors.get(part, 1.0)
                else:
                    diagnostics[key] = value
        # Not every loss looks at the pooled vector, but DistributedDataParallel waits for a
        # gradient of every parameter.
        first = next(iter(terms))
        terms[first] = terms[first] + 0 * difference.pooled.sum()
        if self.loss_balance is not None:
            terms, balance = self.loss_balance(terms, self)
            diagnostics |= balance
        if self.loss_observer is not None:
            self.loss_observer(terms)
        return terms | diagnostics

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
            predict_masks(samples, difference.maps["change_logits"])
        return samples
