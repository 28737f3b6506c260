"""The one top-level model: images of two dates in, a sentence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmrsicc.models.captioners.encoder_weights import load_encoder
from mmrsicc.models.change_detectors import predict_masks
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.models.layers.numbered_maps import numbered_maps
from mmrsicc.registry import MODELS, TASK_UTILS, TOKENIZERS
from mmrsicc.structures import ChangeDataSample, ChangeFeatures, DifferenceFeatures

#: What a change detector's knowledge may go to.
_DESTINATIONS = ("neck", "tokens", "losses")


@MODELS.register_module()
class ChangeCaptioner(BaseModel):
    """Backbone, optional frozen change detector, neck, caption head and auxiliary losses.

    Each part is told what it must know of the others when it is built: the neck the backbone's
    channels as ``in_channels`` (and the detector's as ``change_channels``), head and auxiliary
    losses the neck's ``out_channels`` as ``in_channels``, auxiliary losses also the channels of the
    backbone's last maps as ``encoder_channels``, the mask head those of the neck's maps of all
    scales as ``in_channels``. A config may still state them.

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
        transfer_to: What gets the change detector's knowledge: "neck", which fuses its features
            with the backbone's; "tokens", which its mask weighs (``token_mask``); "losses", in
            training alone: afterwards the detector is never run.
        token_mask: Config of what weighs the neck's tokens by a change mask, or None.
        mask_head: Config of the head that predicts the change mask, or None: then the detector's
            is predicted, where it has one.
        encoder_weights: Where the backbone's weights come from, arguments of :func:`load_encoder`;
            they are read when training begins.

    Attributes:
        loss_factors: Factors on the terms of the head ("caption"), of the mask head ("mask") and of
            auxiliary losses (by their names), for hooks that schedule them; a term that is not
            named counts whole.
        loss_observer: Called with the terms of each training step, graph and all, if a hook set it.

    Raises:
        ValueError: If ``transfer_to`` is another, or "tokens" without a ``token_mask``.
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
        transfer_to: str = "neck",
        token_mask: dict | None = None,
        mask_head: dict | None = None,
        encoder_weights: dict | None = None,
    ) -> None:
        if transfer_to not in _DESTINATIONS or (transfer_to == "tokens" and token_mask is None):
            raise ValueError(
                f"transfer_to={transfer_to!r} must be one of {_DESTINATIONS}, and 'tokens' needs a "
                "token_mask, such as dict(type='TokenMask')"
            )
        preprocessor = data_preprocessor or {"type": "PairDataPreprocessor"}
        super().__init__(data_preprocessor=MODELS.build(preprocessor))
        self.tokenizer = TOKENIZERS.build(tokenizer)
        self.decoding = TASK_UTILS.build(decoding or {"type": "GreedySearch"})
        self.backbone = MODELS.build(backbone)
        encoder_channels = output_channels(self.backbone)
        neck = {"in_channels": encoder_channels, **neck}
        self.transfer_to = transfer_to
        self.encoder_weights = encoder_weights
        self.change_detector: Any = None
        if change_detector is not None:
            self.change_detector = MODELS.build(change_detector).requires_grad_(False).eval()
            if transfer_to == "neck":
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
        self.mask_head: Any = None
        self.token_mask: Any = None
        self._build_on_maps(mask_head)
        if token_mask is not None:
            self.token_mask = MODELS.build(token_mask)
        self.loss_factors: dict[str, float] = {}
        self.loss_observer: Callable[[Mapping[str, Tensor]], None] | None = None

    def _build_on_maps(self, mask_head: dict | None) -> None:
        """Builds what must know the neck's and the detector's maps, as those of a blank pair."""
        every: list[Any] = list(self.auxiliary_losses.values())
        losses = [loss for loss in every if hasattr(loss, "build_adapters")]
        if mask_head is None and not losses:
            return
        was_training = self.training
        self.eval()
        with torch.no_grad():
            blank = torch.zeros(1, 2, 3, 224, 224)
            maps = self.extract_difference(blank, for_loss=True).maps
        self.train(was_training)
        for loss in losses:
            loss.build_adapters(maps)
        if mask_head is not None:
            widths = [scale.shape[1] for scale in numbered_maps(maps, "scale")]
            self.mask_head = MODELS.build({"in_channels": widths, **mask_head})

    def init_weights(self) -> None:
        """Initialises all parts, then the backbone from ``encoder_weights``, where given.

        Raises:
            FileNotFoundError, ValueError: See :func:`load_encoder`.
        """
        super().init_weights()
        if self.encoder_weights is not None:
            load_encoder(self.backbone, **self.encoder_weights)

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
            ``pred_score`` and, where mask head or change detector give one, ``pred_mask``;
            'tensor': what the neck says differs.

        Raises:
            ValueError: If the mode is another, or 'loss' without samples.
        """
        difference = self.extract_difference(inputs, data_samples, for_loss=mode == "loss")
        if mode == "tensor":
            return difference
        if mode == "predict":
            return self._predict(difference, data_samples)
        if mode == "loss" and data_samples is not None:
            return self._losses(difference, data_samples)
        raise ValueError(
            f"mode must be 'loss' (with data_samples), 'predict' or 'tensor', got {mode!r}"
        )

    def extract_difference(
        self,
        inputs: Tensor,
        data_samples: Sequence[ChangeDataSample] | None = None,
        for_loss: bool = False,
    ) -> DifferenceFeatures:
        """What differs between the dates of normalised pairs (B, 2, 3, H, W).

        Its ``maps`` also hold the backbone's last maps of both dates as ``encoder_before`` and
        ``encoder_after``, and as ``change_logits`` (B, classes, H, W) the mask head's logits, or
        else the change detector's. ``for_loss`` adds the change detector's difference of each scale
        as ``detected_1``, ``detected_2``, ... and its logits as ``detected_logits``.

        Args:
            inputs: The pairs.
            data_samples: Of the pairs; needed where ``token_mask`` reads given masks.
            for_loss: Whether losses follow.
        """
        before, after = encode_dates(self.backbone, inputs[:, 0], inputs[:, 1])
        change = self._detect_change(inputs) if for_loss or self.transfer_to != "losses" else None
        difference = self.neck(before, after, change if self.transfer_to == "neck" else None)
        maps = difference.maps
        maps |= {"encoder_before": before[-1], "encoder_after": after[-1]}
        if change is not None and for_loss:
            maps |= _detected(change)
        if self.mask_head is not None:
            maps["change_logits"] = self.mask_head(difference, inputs.shape[-2:])
        elif change is not None and change.logits is not None:
            maps["change_logits"] = change.logits
        if self.token_mask is not None:
            difference = self.token_mask(difference, data_samples, inputs.shape[-2:])
        return difference

    def _losses(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Terms of the loss, scheduled and balanced, and diagnostics."""
        results = {"caption": self.head.loss(difference, samples)}
        if self.mask_head is not None:
            results["mask"] = self.mask_head.loss(difference, samples)
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


def _detected(change: ChangeFeatures) -> dict[str, Tensor]:
    """A change detector's difference of each scale and its logits, as a neck's maps are named."""
    differences = change.difference
    if differences is None:
        pairs = zip(change.before, change.after, strict=True)
        differences = tuple((after - before).abs() for before, after in pairs)
    maps = {f"detected_{k}": difference for k, difference in enumerate(differences, start=1)}
    return maps if change.logits is None else {**maps, "detected_logits": change.logits}
