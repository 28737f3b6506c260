"""HiSem's head: unchanged and changed pairs take different ways to the decoder's memory."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _NormBase

from mmrsicc.models.heads.autoregressive_head import SentenceBatch
from mmrsicc.models.heads.classic_caption_head import ClassicCaptionHead
from mmrsicc.models.heads.transformer_head import TransformerState
from mmrsicc.models.layers.experts import MixtureOfExperts
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils import mean_count


@MODELS.register_module()
class HiSemCaptionHead(ClassicCaptionHead):
    """Routing and decoder of HiSem (Wang et al. 2026, TGRS).

    By the change flag (``Conditions.flag``), the dates of a pair are fused for a plain feed-forward
    part, or for a mixture of experts. Both are computed, and one is taken.

    Args:
        in_channels: Channels D of the tokens, which are the places of the first date and then as
            many of the second.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        hidden: Hidden channels of the feed-forward part, and of each expert.
        balance_weight: Weight of the loss that spreads changed pairs over the experts.
        dropout: Dropout of routing and decoder.
        **kwargs: As for :class:`ClassicCaptionHead`.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        hidden: int = 2048,
        balance_weight: float = 0.001,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, tokenizer, dropout=dropout, residual=True, **kwargs)
        self.reads_flag = True
        self.balance_weight = balance_weight
        self.unchanged, self.changed = DateFusion(in_channels), DateFusion(in_channels)
        self.ffn = nn.Sequential(
            nn.Linear(in_channels, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, in_channels),
            nn.Dropout(dropout),
        )
        self.experts = MixtureOfExperts(in_channels, hidden)
        self.unchanged_norm, self.changed_norm, self.norm = (
            nn.LayerNorm(in_channels) for _ in range(3)
        )
        #: Of the experts, and which pairs changed; collected for a loss alone.
        self._unevenness: list[tuple[Tensor, Tensor]] | None = None

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> TransformerState:
        """The state before the first word: the pair is routed and the memory projected.

        Raises:
            ValueError: If no change flag is told, or the dates' maps are no squares.
        """
        if conditions is None or conditions.flag is None:
            raise ValueError(
                "HiSemCaptionHead gets no change flag: set flag_head=dict(type='FlagHead') of "
                "the captioner"
            )
        places = features.tokens.shape[1] // 2
        if replace(features, tokens=features.tokens[:, :places]).side is None:
            raise ValueError(
                f"HiSemCaptionHead reads square maps, but each date has {places} places, which "
                "form no square: resize the images to squares"
            )
        changed = conditions.flag > 0.5
        routed = replace(features, tokens=self._route(features.tokens, changed))
        return super().start(routed, conditions)

    def loss(
        self,
        features: DifferenceFeatures,
        sentences: SentenceBatch,
        conditions: Conditions | None = None,
    ) -> dict[str, Tensor]:
        """Losses of the base, and ``loss_experts``, how unevenly experts are used."""
        self._unevenness = []
        terms = super().loss(features, sentences, conditions)
        # Over all processes, so not in `_route`: inference may run in one alone.
        ((unevenness, changed),) = self._unevenness
        # Kept on, its graph would hold the step's memory until the next one.
        self._unevenness = None
        mean = (unevenness * changed).sum() / mean_count(changed)
        return terms | {"loss_experts": self.balance_weight * mean}

    def _route(self, tokens: Tensor, changed: Tensor) -> Tensor:
        """(B, N, D) memory of (B, 2 N, D) places of both dates, and (B,) bool flags."""
        before, after = tokens.chunk(2, dim=1)
        same = self.unchanged(before, after, ~changed)
        same = self.unchanged_norm(same + self.ffn(same))
        other = self.changed(before, after, changed)
        mixed, unevenness = self.experts(other)
        other = self.changed_norm(other + mixed)
        if self._unevenness is not None:
            self._unevenness.append((unevenness, changed))
        chosen = torch.where(changed[:, None, None], other, same)
        return self.norm(before + after + chosen)


class DateFusion(nn.Module):
    """Both dates joined over channels, a residual block and a normalisation.

    Args:
        dims: Channels D of each date, and of what comes out.
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(2 * dims, dims, 1)
        self.block = nn.ModuleList(
            [
                ChosenBatchNorm2d(dims),
                nn.ReLU(),
                nn.Conv2d(dims, dims, 3, padding=1),
                ChosenBatchNorm2d(dims),
                nn.ReLU(),
                nn.Conv2d(dims, dims, 1),
                ChosenBatchNorm2d(dims),
            ]
        )
        self.norm = nn.LayerNorm(dims)

    def forward(self, before: Tensor, after: Tensor, chosen: Tensor) -> Tensor:
        """(B, N, D) of (B, N, D) places of each date; (B,) bool pairs count for statistics."""
        side = isqrt(before.shape[1])
        joined = torch.cat([before, after], dim=2).transpose(1, 2).unflatten(2, (side, -1))
        fused = self.project(joined)
        x = fused
        for part in self.block:
            x = part(x, chosen) if isinstance(part, ChosenBatchNorm2d) else part(x)
        return self.norm((fused + x).relu().flatten(2).transpose(1, 2))


class ChosenBatchNorm2d(_NormBase):
    """Batch normalisation whose statistics are those of some of the images of a batch.

    It is no ``BatchNorm2d``: one would be replaced where a config sets ``sync_bn``, and the choice
    would be lost.
    """

    def forward(self, x: Tensor, chosen: Tensor) -> Tensor:
        """Normalises (B, C, H, W) by the images of ``chosen`` (B,) bool in training."""
        if not self.training:
            known = self.running_mean, self.running_var, self.weight, self.bias
            return F.batch_norm(x, *known, eps=self.eps)
        precise, counted = x.float(), chosen[:, None, None, None].float()
        count = counted.sum() * x.shape[2] * x.shape[3]
        total = count.clamp_min(1)
        mean = (precise * counted).sum((0, 2, 3), keepdim=True) / total
        squares = ((precise - mean).square() * counted).sum((0, 2, 3), keepdim=True)
        # Where no image counts, nothing is scaled and nothing is kept.
        variance = torch.where(count > 0, squares / total, 1.0)
        self._keep(mean.flatten(), squares.flatten() / (total - 1).clamp_min(1), count > 0)
        weight, bias = (p[:, None, None] for p in (self.weight, self.bias))
        return ((precise - mean) * (variance + self.eps).rsqrt() * weight + bias).to(x.dtype)

    @torch.no_grad()
    def _keep(self, mean: Tensor, variance: Tensor, any_chosen: Tensor) -> None:
        """Moves the running statistics towards those of a batch."""
        share = (self.momentum or 0.0) * any_chosen
        for running, found in ((self.running_mean, mean), (self.running_var, variance)):
            assert running is not None
            running.lerp_(found, share)
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(any_chosen)
