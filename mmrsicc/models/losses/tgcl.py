"""Text-guided Gated Contrastive Loss (TGCL): text guides the vision encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.models.losses.similarities import TAPS
from mmrsicc.models.losses.text_guidance import PairRelations, PairWeights
from mmrsicc.models.losses.texts import ExchangedCaptions, SentenceTable
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.utils import gather_together, gather_with_gradient

Samples = Sequence[ChangeDataSample]

#: Parts that unchanged pairs may have in the contrast.
UNCHANGED = ("contrast", "negatives", "outside")


@dataclass(frozen=True)
class _Texts:
    """Texts of the local pairs, as rows of the sentence table on the device.

    Attributes:
        candidates: (B, M) rows of the sentences that each pair is contrasted with.
        references: (B, R) rows of all references of each pair, -1 where it has fewer.
        facts: (B, 3) change flag, -1 where unknown, and a number of two halves that two pairs share
            if, and only if, they have the same set of references.
    """

    candidates: Tensor
    references: Tensor
    facts: Tensor


@MODELS.register_module()
class TGCL(nn.Module):
    """Text-guided Gated Contrastive Loss of DFM (re-implementation from the abstract).

    What differs between the dates is drawn to the frozen embedding of its caption and away from
    those of other pairs, symmetrically over both modalities and over the batch of all processes. In
    change captioning half of a batch may share one meaning ("nothing changed"), so a gate computed
    from the pairs' caption prototypes (the mean embedding of all references) takes pairs of like
    meaning out of the negatives. Nothing flows back to the text side but through its projection.

    Args:
        in_channels: Channels of the neck's pooled vector and tokens.
        encoder_channels: Channels of the backbone's last maps; needed by the tap "encoder".
        text_encoder: Config of the frozen sentence encoder.
        similarity: Config of the two towers.
        gate: Config of the gate on pairs.
        objective: Config of what is made of gated similarities.
        tap: Where the loss takes hold: "neck", "memory_mean" or "encoder".
        references: Sentences of each pair that it is contrasted with, all positives alike: those
            that the captioner trains on in this draw, repeated where there are fewer.
        text_bank: Further training sentences, the same in every step, as candidates of each pair.
        unchanged: Part of unchanged pairs, by the change flag: "contrast", as all others;
            "negatives", of changed pairs alone; "outside", none: neither anchors nor negatives.
        temperature: Initial temperature; learned within ``temperature_range``.
        temperature_range: Bounds of the temperature.
        loss_weight: Weight lambda of the term.
        stop_gradient: Whether nothing reaches the vision side: a control, as good as no loss.
        placebo: Whether each changed pair gets the captions of another changed pair: a control that
            keeps all but what the text says (:class:`ExchangedCaptions`).
        cache_dir: Folder of the embedding cache.

    Raises:
        ValueError: If there is no such tap or part, or a number is out of its range.
    """

    bank: Tensor

    def __init__(
        self,
        in_channels: int,
        text_encoder: dict,
        encoder_channels: int = 0,
        similarity: Mapping | None = None,
        gate: Mapping | None = None,
        objective: Mapping | None = None,
        tap: str = "neck",
        references: int = 5,
        text_bank: int = 0,
        unchanged: str = "contrast",
        temperature: float = 0.07,
        temperature_range: tuple[float, float] = (0.01, 0.5),
        loss_weight: float = 0.1,
        stop_gradient: bool = False,
        placebo: bool = False,
        cache_dir: str | Path = "work_dirs/text_embeddings",
    ) -> None:
        super().__init__()
        if tap not in TAPS:
            raise ValueError(f"TGCL: there is no tap {tap!r}, take one of {sorted(TAPS)}")
        low, high = temperature_range
        if not 0 < low <= temperature <= high:
            raise ValueError(
                f"TGCL: temperature={temperature} must lie in temperature_range="
                f"{tuple(temperature_range)}, above 0"
            )
        if unchanged not in UNCHANGED:
            raise ValueError(f"TGCL: unchanged={unchanged!r} must be one of {UNCHANGED}")
        if references < 1 or text_bank < 0:
            raise ValueError(
                f"TGCL: references={references} must be at least 1, text_bank={text_bank} must not "
                "be negative"
            )
        self.text_encoder = MODELS.build(text_encoder)
        widths = {
            "in_channels": 2 * encoder_channels if tap == "encoder" else in_channels,
            "embed_dims": self.text_encoder.embed_dims,
        }
        self.similarity = MODELS.build({"type": "CosineSimilarity", **widths, **(similarity or {})})
        self.gate = MODELS.build(gate or {"type": "ClosedGate"})
        self.objective = MODELS.build(objective or {"type": "SoftmaxObjective"})
        self.tap = TAPS[tap]
        self.references = references
        self.text_bank = text_bank
        self.unchanged = unchanged
        self.temperature = nn.Parameter(torch.tensor(temperature))
        self.temperature_range = temperature_range
        self.loss_weight = loss_weight
        self.stop_gradient = stop_gradient
        self.placebo = placebo
        self.cache_dir = cache_dir
        self.sentences = SentenceTable()
        self.register_buffer("bank", torch.empty(0, dtype=torch.long), persistent=False)
        self._exchanged: ExchangedCaptions | None = None

    def prepare_texts(
        self, sentences: Sequence[str], changed_captions: Mapping[str, Sequence[str]]
    ) -> None:
        """Loads the embeddings of all sentences that training will meet, and draws the bank.

        Args:
            sentences: All of them, each once.
            changed_captions: References of each changed pair by its name; for the placebo.
        """
        self.sentences.fill(self.text_encoder, sentences, self.cache_dir)
        drawn = torch.randperm(len(sentences), generator=torch.Generator().manual_seed(0))
        if self.unchanged == "outside":
            changed = [not is_no_change(sentences[row]) for row in drawn.tolist()]
            drawn = drawn[torch.tensor(changed)]
        self.bank = drawn[: self.text_bank].to(self.bank.device)
        if self.placebo:
            self._exchanged = ExchangedCaptions(changed_captions)

    def forward(self, features: DifferenceFeatures, samples: Samples) -> dict[str, Tensor]:
        """Contrasts the features with the samples' sentences.

        Returns:
            ``loss_tgcl`` (weighted), and as diagnostics the unweighted term in nats, the
            temperature, the mean opening of the gate, the true negatives per pair, the share of
            their weight that lies on sentences of the same meaning, and R@1 in the batch (one's own
            sentence or one of the same meaning), the last two in percent.

        Raises:
            KeyError: If a sentence was not given to :meth:`prepare_texts`.
        """
        spoken = samples if self._exchanged is None else [*map(self._exchanged, samples)]
        texts = self._texts(spoken, features.pooled.device)
        # The exponentials overflow in half precision.
        with torch.autocast(features.pooled.device.type, enabled=False):
            visual = self._encode_visual(features)
            own = self.similarity.encode_text(self.sentences.embeddings[texts.candidates].float())
            visual, own, prototypes, facts = gather_together(visual, own, *self._told(texts))
            text = own.flatten(0, 1)
            if self.text_bank:
                text = torch.cat([text, self.similarity.encode_text(self._bank_embeddings)])
            relations = self._relations(prototypes, facts)
            if self.text_bank:
                relations = self._with_bank(relations, prototypes, texts)
            return self._contrast(self.similarity.compare(visual, text), relations)

    def scores(self, features: DifferenceFeatures, embeddings: Tensor) -> Tensor:
        """Similarity of each pair to each of M sentences: (B, M) from embeddings (M, E)."""
        visual = self._encode_visual(features)
        return self.similarity.compare(visual, self.similarity.encode_text(embeddings))

    def _encode_visual(self, features: DifferenceFeatures) -> Tensor:
        pooled, tokens = self.tap(features)
        if self.stop_gradient:
            pooled, tokens = pooled.detach(), tokens.detach()
        return self.similarity.encode_visual(pooled, tokens)

    def _texts(self, samples: Samples, device: torch.device) -> _Texts:
        """Rows and facts of the samples' texts: one copy to the device for all."""
        targets = [self.sentences.rows(sample.targets) for sample in samples]
        references = [self.sentences.rows(sample.gt_captions) for sample in samples]
        most = max(map(len, references))
        numbers = [
            [
                *(own[m % len(own)] for m in range(self.references)),
                *(every[m] if m < len(every) else -1 for m in range(most)),
                int(sample.get("change_flag", -1)),
                *_halves(frozenset(every)),
            ]
            for sample, own, every in zip(samples, targets, references, strict=True)
        ]
        table = torch.tensor(numbers).to(device, non_blocking=True)
        return _Texts(
            candidates=table[:, : self.references],
            references=table[:, self.references : -3],
            facts=table[:, -3:],
        )

    @torch.no_grad()
    def _told(self, texts: _Texts) -> tuple[Tensor, Tensor]:
        """Caption prototypes (B, E) and facts (B, 3) of the local pairs.

        The facts' halves are small enough to be exact as floats.
        """
        known = (texts.references >= 0).unsqueeze(2)
        embedded = self.sentences.embeddings[texts.references.clamp_min(0)].float() * known
        return F.normalize(embedded.sum(1), dim=1), texts.facts.float()

    @torch.no_grad()
    def _relations(self, prototypes: Tensor, facts: Tensor) -> PairRelations:
        """Relations of the pairs of all processes to their sentences."""
        flags, sets = facts[:, 0], facts[:, 1:]
        identical = (sets.unsqueeze(1) == sets).all(2)
        own = torch.eye(len(facts), dtype=torch.bool, device=facts.device)
        similarity = _cosines(prototypes, prototypes).masked_fill(identical, 1.0)
        return PairRelations(
            similarity.repeat_interleave(self.references, 1),
            own.repeat_interleave(self.references, 1),
            identical.repeat_interleave(self.references, 1),
            flags,
            flags.repeat_interleave(self.references),
        )

    @torch.no_grad()
    def _with_bank(
        self, relations: PairRelations, prototypes: Tensor, texts: _Texts
    ) -> PairRelations:
        """The relations with the bank's sentences as further candidates."""
        mine = (texts.references.unsqueeze(2) == self.bank).any(1)
        in_bank = gather_with_gradient(mine.float()).bool()
        nothing = torch.zeros_like(in_bank)
        unknown = prototypes.new_full((len(self.bank),), -1)
        return PairRelations(
            torch.cat([relations.similarity, _cosines(prototypes, self._bank_embeddings)], dim=1),
            torch.cat([relations.own, in_bank], dim=1),
            torch.cat([relations.identical, nothing], dim=1),
            relations.anchor_flags,
            torch.cat([relations.candidate_flags, unknown]),
        )

    @property
    def _bank_embeddings(self) -> Tensor:
        return self.sentences.embeddings[self.bank].float()

    def _contrast(self, similarity: Tensor, relations: PairRelations) -> dict[str, Tensor]:
        with torch.no_grad():
            # In place, so that the gradient stays alive at the bounds.
            self.temperature.clamp_(*self.temperature_range)
        batch = similarity.shape[1] - len(self.bank)
        backwards = relations.first_candidates(batch).transposed
        weights = self._weights(relations)
        term = (
            self._side(similarity, weights, relations)
            + self._side(similarity[:, :batch].T, self._weights(backwards), backwards)
        ) / 2
        anchors = self._anchors(relations)
        anchors = anchors / anchors.sum().clamp_min(1)
        negatives = weights.negatives.masked_fill(relations.own, 0)
        same = (negatives * relations.same_meaning).sum() / negatives.sum().clamp_min(1e-12)
        inside = self._inside(relations)
        others = (anchors @ (inside & ~relations.own).sum(1).float()).clamp_min(1)
        among = similarity.masked_fill(~inside, -torch.inf)[:, :batch]
        nearest = among.argmax(1, keepdim=True)
        right = relations.own | relations.same_meaning
        return {
            "loss_tgcl": self.loss_weight * term,
            "tgcl_unweighted": term.detach(),
            "tgcl_temperature": self.temperature.detach().clone(),
            "tgcl_gate_mean": 1 - anchors @ negatives.sum(1) / others,
            "tgcl_negatives": anchors @ negatives.sum(1),
            "tgcl_same_meaning_share": 100 * same,
            "tgcl_recall": 100 * anchors @ right.gather(1, nearest).squeeze(1).float(),
        }

    def _inside(self, relations: PairRelations) -> Tensor:
        """(R, C) bool, whether anchor and candidate are in the contrast."""
        if self.unchanged != "outside":
            return torch.ones_like(relations.own)
        return (relations.anchor_flags != 0)[:, None] & (relations.candidate_flags != 0)

    def _weights(self, relations: PairRelations) -> PairWeights:
        """The gate's weights of what is in the contrast."""
        weights, inside = self.gate(relations), self._inside(relations)
        positives = weights.positives * (inside | relations.own)
        return PairWeights(positives / positives.sum(1, keepdim=True), weights.negatives * inside)

    def _anchors(self, relations: PairRelations) -> Tensor:
        """(R,) weights of the anchors: 1, or 0 for unchanged pairs that are none."""
        if self.unchanged == "contrast":
            return torch.ones_like(relations.anchor_flags)
        return (relations.anchor_flags != 0).float()

    def _side(self, similarity: Tensor, weights: PairWeights, relations: PairRelations) -> Tensor:
        """The objective's mean over anchors that have a true negative; 0 if none has."""
        valid = weights.negatives.masked_fill(relations.own, 0).sum(1) > 1e-3
        # Rows that do not count must still be finite, or their zero weight would make them NaN.
        negatives = torch.where(valid[:, None], weights.negatives, 1.0)
        rows = self.objective(
            similarity, self.temperature, PairWeights(weights.positives, negatives), relations
        )
        anchors = self._anchors(relations) * valid
        return (anchors * rows).sum() / anchors.sum().clamp_min(1e-6)


def _halves(rows: frozenset[int]) -> tuple[int, int]:
    """A number of 48 bits that stands for a set of rows, as two of 24, the same everywhere."""
    digest = blake2b(repr(sorted(rows)).encode(), digest_size=6).digest()
    return int.from_bytes(digest[:3], "big"), int.from_bytes(digest[3:], "big")


def _cosines(first: Tensor, second: Tensor) -> Tensor:
    """(R, C) products of rows; in fp64, since TF32 would round what a gate decides by."""
    return (first.double() @ second.double().T).float()
