"""Change captioner: images of two dates in, a sentence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmrsicc.models.build import build_part
from mmrsicc.models.change_detectors import changed_places, changed_shares, predict_masks
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, Conditions, DifferenceFeatures, is_changed

Samples = Sequence[ChangeDataSample]


@MODELS.register_module()
class ChangeCaptioner(BaseModel):
    """Pair encoder, speaker and further losses.

    A sample is a pair with one or more sentences; each pair is encoded once for all of them.

    Args:
        encoder: Config of the :class:`PairEncoder`.
        speaker: Config of the :class:`Speaker`; told the encoder's channels.
        losses: Configs of further losses by name, such as TGCL; told the encoder's channels as
            ``in_channels`` (tokens and pooled vector), ``encoder_channels`` (last maps of the
            backbone), ``scale_channels`` (difference maps) and ``detected_channels`` (the change
            detector's difference maps), as far as their signatures name them.
        flag_head: Config of the classifier of the change flag, whose answer the speaker is told;
            told ``in_channels`` and ``encoder_channels``.
        loss_balance: Policy that weighs the terms of the loss against each other; None leaves them
            as they are.
        data_preprocessor: Config of the batching.

    Raises:
        ValueError: If a further loss has the name of another term, or the head is to be told a
            change flag and there is no flag head.

    Attributes:
        loss_factors: Factors on the terms of the speaker ("caption"), of mask head ("mask"), flag
            head ("flag") and further losses (by their names), for hooks that schedule them; a term
            that is not named counts whole.
        silent_terms: Names of terms that do not count at present, whatever their factor.
        teaches_flags: Whether the speaker is given the true flags in training, not the flag head's;
            a hook may end that.
        loss_observer: Called with the terms of each training step, with their graph, if a hook set
            it.
    """

    def __init__(
        self,
        encoder: Mapping[str, Any],
        speaker: Mapping[str, Any],
        losses: Mapping[str, Mapping[str, Any]] | None = None,
        flag_head: Mapping[str, Any] | None = None,
        loss_balance: Mapping[str, Any] | None = None,
        data_preprocessor: Mapping[str, Any] | None = None,
    ) -> None:
        if taken := {"caption", "mask", "flag"} & set(losses or {}):
            raise ValueError(
                f"losses: {sorted(taken)} are terms of the captioner's heads: take other names"
            )
        built: Any = MODELS.build({"type": "PairEncoder", **encoder})
        batching = {"type": "PairDataPreprocessor", **(data_preprocessor or {})}
        super().__init__(build_part(batching, fill=built.normalizer.fill))
        self.encoder = built
        channels = built.out_channels
        self.speaker = build_part({"type": "Speaker", **speaker}, in_channels=channels)
        self.losses = nn.ModuleDict(
            {
                name: build_part(
                    loss,
                    in_channels=channels,
                    encoder_channels=built.encoder_channels,
                    scale_channels=built.scale_channels,
                    detected_channels=built.detected_channels,
                )
                for name, loss in (losses or {}).items()
            }
        )
        self.flag_head = None
        if flag_head is not None:
            self.flag_head = build_part(
                flag_head, in_channels=channels, encoder_channels=built.encoder_channels
            )
        if self._masks_for_losses_alone():
            raise ValueError(
                "token_mask reads the change detector's mask, which transfer_to='losses' gives in "
                "training alone: set transfer_to='mask' or 'neck', or give the encoder a mask head"
            )
        if self.flag_head is None and getattr(self.speaker.head, "reads_flag", False):
            raise ValueError(
                f"{type(self.speaker.head).__name__} reads the change flag, but "
                "a test knows no change flag: set flag_head=dict(type='FlagHead') of the captioner"
            )
        self.loss_balance = None if loss_balance is None else MODELS.build(loss_balance)
        self.loss_factors: dict[str, float] = {}
        self.silent_terms: set[str] = set()
        self.teaches_flags = True
        self.loss_observer: Callable[[Mapping[str, Tensor]], None] | None = None

    def forward(
        self,
        inputs: tuple[Tensor, Tensor],
        data_samples: Samples | None = None,
        mode: str = "tensor",
    ) -> dict[str, Tensor] | list[ChangeDataSample] | DifferenceFeatures:
        """Takes raw images of before and after, (B, C_t, H, W) each.

        Returns:
            mode 'loss': losses and diagnostics by name; 'predict': samples with ``pred_caption``,
            ``pred_score``, ``pred_flag`` with a flag head and ``pred_mask`` where the encoder
            predicts one; 'tensor': the encoder's features.

        Raises:
            ValueError: If the mode is another, 'loss' has no samples, or a sample lacks what the
                model reads.
        """
        features = self.encoder(*inputs, for_loss=mode == "loss")
        size = inputs[0].shape[-2:]
        if mode == "tensor":
            return features
        if mode == "predict":
            samples = list(data_samples or [ChangeDataSample() for _ in features.tokens])
            return self._predict(features, samples, size)
        if mode == "loss" and data_samples is not None:
            return self._losses(features, data_samples, size)
        raise ValueError(
            f"mode must be 'loss' (with data_samples), 'predict' or 'tensor', got {mode!r}"
        )

    def _masks_for_losses_alone(self) -> bool:
        """Whether the token mask is to read what no test predicts."""
        token_mask, encoder = self.speaker.token_mask, self.encoder
        predicted = token_mask is not None and token_mask.given_by is None
        return predicted and encoder.mask_head is None and encoder.transfer_to == "losses"

    def conditions(
        self,
        features: DifferenceFeatures,
        samples: Samples | None,
        size: Sequence[int],
        training: bool = False,
    ) -> Conditions:
        """Conditions of the speaker: inputs about the pairs beside their features.

        The change flag is the samples' in training and the flag head's in a test. The mask is the
        one that the encoder predicts, or the samples' where the token mask says who gave it.

        Args:
            features: Features of the pairs.
            samples: Samples of the pairs.
            size: (H, W) of the batch, padding included.
            training: Whether the true flags are known.

        Raises:
            ValueError: If a flag or mask is needed and a sample has none.
        """
        device = features.tokens.device
        flag, mask, share = None, None, None
        if training:
            flag = self._true_flags(samples or (), device)
        elif self.flag_head is not None:
            flag = (self.flag_head(features) > 0).float()
        token_mask = self.speaker.token_mask
        if features.logits is not None and (token_mask is not None or not training):
            shapes = [sample.get("img_shape", tuple(size)) for sample in samples or ()]
            changed = changed_places(features.logits, shapes)
            share = changed_shares(changed, shapes)
            mask = None if token_mask is None else changed
        if token_mask is not None and token_mask.given_by is not None:
            mask = _given_masks(samples, token_mask.given_by, size).to(device)
        return Conditions(
            flag=flag, true_flag=flag if training else None, mask=mask, changed_share=share
        )

    def _true_flags(self, samples: Samples, device: torch.device) -> Tensor | None:
        """(B,) change flags of the samples; None if one is unknown and nothing needs them."""
        flags = [sample.get("change_flag") for sample in samples]
        if None not in flags:
            return torch.tensor(flags, dtype=torch.float32).to(device, non_blocking=True)
        if self.flag_head is not None:
            pair = samples[flags.index(None)].get("pair_id")
            raise ValueError(
                f"pair {pair!r} has no change flag to learn from: add changeflag to the caption "
                "file, or remove flag_head"
            )
        return None

    def _losses(
        self, features: DifferenceFeatures, samples: Samples, size: Sequence[int]
    ) -> dict[str, Tensor]:
        """Terms of the loss, balanced and scheduled, and diagnostics."""
        told = self.conditions(features, samples, size, training=True)
        sentences = [sample.targets for sample in samples]
        references = [sample.get("gt_captions") or sample.targets for sample in samples]
        given = told
        if self.flag_head is not None and not self.teaches_flags:
            given = replace(told, flag=(self.flag_head(features) > 0).float())
        results = {"caption": self.speaker.loss(features, sentences, given, references)}
        if self.encoder.mask_head is not None:
            results["mask"] = self.encoder.mask_head.loss(features, samples)
        if self.flag_head is not None:
            results["flag"] = self.flag_head.loss(features, told.flag)
        results |= {name: loss(features, samples) for name, loss in self.losses.items()}
        terms: dict[str, Tensor] = {}
        factors: dict[str, float] = {}
        diagnostics = {f"gate_{k}": gate.mean() for k, gate in enumerate(features.gates, start=1)}
        for part, values in results.items():
            for key, value in values.items():
                if key in terms:
                    raise ValueError(f"losses: two of them give {key!r}: keep one of a kind")
                if "loss" in key:
                    terms[key] = value
                    silent = part in self.silent_terms
                    factors[key] = 0.0 if silent else self.loss_factors.get(part, 1.0)
                else:
                    diagnostics[key] = value
        first = next(iter(terms))
        terms[first] = _LinkedLoss.apply(terms[first], features.pooled)
        # A term that counts alone, as in a phase of its own, has nothing to be balanced with.
        if self.loss_balance is not None and sum(map(bool, factors.values())) > 1:
            terms, balance = self.loss_balance(terms)
            diagnostics |= balance
        # After the balance, which would divide a schedule away.
        terms = {key: term * factors[key] for key, term in terms.items()}
        if self.loss_observer is not None:
            self.loss_observer(terms)
        return terms | diagnostics

    def _predict(
        self, features: DifferenceFeatures, samples: list[ChangeDataSample], size: Sequence[int]
    ) -> list[ChangeDataSample]:
        told = self.conditions(features, samples, size)
        speaker = self.speaker
        decoded = (
            speaker.generate(features, told)
            if speaker.decision is None
            else speaker.answer(features, told)[0]
        )
        for sample, hypotheses in zip(samples, decoded, strict=True):
            sample.pred_caption = self.speaker.tokenizer.decode(hypotheses[0].ids)
            sample.pred_score = hypotheses[0].score
        if self.flag_head is not None:
            chances = self.flag_head(features).sigmoid().tolist()
            for sample, chance in zip(samples, chances, strict=True):
                sample.pred_flag = chance
        if features.logits is not None:
            predict_masks(samples, features.logits)
        return samples


class _LinkedLoss(torch.autograd.Function):
    """A loss that also gives a zero gradient to a tensor that it does not depend on.

    Not every loss reads the pooled vector, but DistributedDataParallel waits for a gradient of
    every parameter. Adding ``0 * pooled.sum()`` would turn an infinity into NaN.
    """

    @staticmethod
    def forward(ctx: Any, loss: Tensor, unread: Tensor) -> Tensor:
        ctx.shape, ctx.dtype = unread.shape, unread.dtype
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,) = gradients
        return gradient, gradient.new_zeros(ctx.shape, dtype=ctx.dtype)


def _given_masks(samples: Samples | None, given_by: str, size: Sequence[int]) -> Tensor:
    """(B, H, W) bool, true where the samples' masks are changed; padding is not."""
    masks = []
    for sample in samples or (ChangeDataSample(),):
        if "gt_mask" not in sample:
            raise ValueError(
                f"TokenMask: the masks of {given_by!r} come with a data set, and pair "
                f"{sample.get('pair_id')!r} has none: set mask_dir of the data set to their "
                "folder; for images alone use a model that predicts its masks itself"
            )
        mask = is_changed(sample.gt_mask)
        masks.append(F.pad(mask, (0, size[1] - mask.shape[1], 0, size[0] - mask.shape[0])))
    return torch.stack(masks)
