"""Text-guided Gated Contrastive Loss (TGCL): text guides the vision encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.datasets.counterfactuals import counterfactuals
from mmrsicc.models.losses.text_guidance import PairRelations, contrastive_rows
from mmrsicc.models.losses.texts import ExchangedCaptions, PairTexts, SentenceTable
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.utils import gather_together

Samples = Sequence[ChangeDataSample]

#: Parts that unchanged pairs may have in the contrast.
UNCHANGED = ("contrast", "outside")


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
        text_encoder: Config of the frozen sentence encoder.
        similarity: Config of the two towers.
        gate: Config of the gate on pairs.
        references: Sentences of each pair that it is contrasted with, all positives alike: those
            that the captioner trains on in this draw, repeated where there are fewer.
        counterfactuals: Hard negatives of each pair: its own sentences with one fact changed
            (:mod:`mmrsicc.datasets.counterfactuals`), so many, drawn in each step. No gate takes
            them out, and they are no other pair's.
        unchanged: Part of unchanged pairs, by the change flag: "contrast", as all others;
            "outside", none: neither anchors nor negatives.
        temperature: Initial temperature; learned within ``temperature_range``.
        temperature_range: Bounds of the temperature.
        loss_weight: Weight lambda of the term.
        placebo: Whether each changed pair gets the captions of another changed pair: a control that
            keeps all but what the text says (:class:`ExchangedCaptions`).
        cache_dir: Folder of the embedding cache.

    Raises:
        ValueError: If there is no such part, or a number is out of its range.
    """

    def __init__(
        self,
        in_channels: int,
        text_encoder: dict,
        similarity: Mapping | None = None,
        gate: Mapping | None = None,
        references: int = 5,
        counterfactuals: int = 0,
        unchanged: str = "contrast",
        temperature: float = 0.07,
        temperature_range: tuple[float, float] = (0.01, 0.5),
        loss_weight: float = 0.1,
        placebo: bool = False,
        cache_dir: str | Path = "work_dirs/text_embeddings",
    ) -> None:
        super().__init__()
        low, high = temperature_range
        if not 0 < low <= temperature <= high:
            raise ValueError(
                f"TGCL: temperature={temperature} must lie in temperature_range="
                f"{tuple(temperature_range)}, above 0"
            )
        if unchanged not in UNCHANGED:
            raise ValueError(f"TGCL: unchanged={unchanged!r} must be one of {UNCHANGED}")
        if references < 1 or counterfactuals < 0:
            raise ValueError(
                f"TGCL: references={references} must be at least 1 and counterfactuals="
                f"{counterfactuals} must not be negative"
            )
        self.text_encoder = MODELS.build(text_encoder)
        widths = {
            "in_channels": in_channels,
            "embed_dims": self.text_encoder.embed_dims,
        }
        self.similarity = MODELS.build({"type": "CosineSimilarity", **widths, **(similarity or {})})
        self.gate = MODELS.build(gate or {"type": "ClosedGate"})
        self.references = references
        self.counterfactuals = counterfactuals
        self.unchanged = unchanged
        self.temperature = nn.Parameter(torch.tensor(temperature))
        self.temperature_range = temperature_range
        self.loss_weight = loss_weight
        self.placebo = placebo
        self.cache_dir = cache_dir
        self.sentences = SentenceTable()
        self._exchanged: ExchangedCaptions | None = None

    def prepare_texts(
        self, sentences: Sequence[str], changed_captions: Mapping[str, Sequence[str]]
    ) -> None:
        """Loads the embeddings of all training sentences.

        With those of their counterfactuals, about three to a sentence about a change.

        Args:
            sentences: All of them, each once.
            changed_captions: References of each changed pair by its name; for the placebo.
        """
        texts = dict.fromkeys(sentences)
        if self.counterfactuals:
            texts |= dict.fromkeys(c.text for text in sentences for c in counterfactuals(text))
        self.sentences.fill(self.text_encoder, list(texts), self.cache_dir)
        if self.placebo:
            self._exchanged = ExchangedCaptions(changed_captions)

    def forward(self, features: DifferenceFeatures, samples: Samples) -> dict[str, Tensor]:
        """Contrasts the features with the samples' sentences.

        Returns:
            ``loss_tgcl`` (weighted), and as diagnostics the unweighted term in nats, the
            temperature, the mean opening of the gate, the true negatives per pair, the share of
            their weight that lies on sentences of the same meaning, R@1 in the batch (one's own
            sentence or one of the same meaning), and the share of counterfactuals that are less
            similar than one's own sentences are on average, the last three in percent.

        Raises:
            KeyError: If a sentence was not given to :meth:`prepare_texts`.
        """
        spoken = samples if self._exchanged is None else [*map(self._exchanged, samples)]
        texts = PairTexts.of(spoken, self.sentences, self.references, self.counterfactuals)
        # The exponentials overflow in half precision.
        with torch.autocast(features.pooled.device.type, enabled=False):
            visual = self._encode_visual(features)
            own, hard = self._encode_text(texts.candidates), self._encode_text(texts.hard)
            known = (texts.hard >= 0).float()
            visual, own, hard, known, prototypes, facts = gather_together(
                visual, own, hard, known, *self._told(texts)
            )
            text = torch.cat([own.flatten(0, 1), hard.flatten(0, 1)])
            similarity = self.similarity.compare(visual, text)
            relations = self._relations(prototypes, facts)
            return self._contrast(similarity, relations, known.bool())

    def scores(self, features: DifferenceFeatures, embeddings: Tensor) -> Tensor:
        """Similarity of each pair to each of M sentences: (B, M) from embeddings (M, E)."""
        visual = self._encode_visual(features)
        return self.similarity.compare(visual, self.similarity.encode_text(embeddings))

    def _encode_visual(self, features: DifferenceFeatures) -> Tensor:
        return self.similarity.encode_visual(features.pooled.float(), features.tokens.float())

    def _encode_text(self, rows: Tensor) -> Tensor:
        """Encoded sentences (..., d) of rows (...) of the table; rows below 0 are the first."""
        return self.similarity.encode_text(self.sentences.embeddings[rows.clamp_min(0)].float())

    @torch.no_grad()
    def _told(self, texts: PairTexts) -> tuple[Tensor, Tensor]:
        """Caption prototypes (B, E) and facts (B, 3) of the local pairs.

        The facts' halves are small enough to be exact as floats.
        """
        known = (texts.references >= 0).unsqueeze(2)
        embedded = self.sentences.embeddings[texts.references.clamp_min(0)].float() * known
        return F.normalize(embedded.sum(1), dim=1), texts.facts.float()

    @torch.no_grad()
    def _relations(self, prototypes: Tensor, facts: Tensor) -> PairRelations:
        """Relations of the pairs of all processes to their sentences and counterfactuals.

        To counterfactuals all captions are as unlike as can be, so that no gate takes them out.
        """
        flags, sets = facts[:, 0], facts[:, 1:]
        identical = (sets.unsqueeze(1) == sets).all(2)
        own = torch.eye(len(facts), dtype=torch.bool, device=facts.device)
        similarity = _cosines(prototypes, prototypes).masked_fill(identical, 1.0)
        relations = PairRelations(
            similarity.repeat_interleave(self.references, 1),
            own.repeat_interleave(self.references, 1),
            identical.repeat_interleave(self.references, 1),
            flags,
            flags.repeat_interleave(self.references),
        )
        unlike = prototypes.new_full((len(facts), len(facts) * self.counterfactuals), -1e4)
        return relations.with_candidates(unlike, torch.zeros_like(unlike, dtype=torch.bool))

    @torch.no_grad()
    def _compared(self, relations: PairRelations, known: Tensor) -> Tensor:
        """(R, C) bool, whether anchor and candidate are in the contrast.

        Args:
            relations: The last candidates of which are the counterfactuals of each pair, (R, n).
            known: (R, n) bool, whether there is such a counterfactual.
        """
        compared = torch.ones_like(relations.own)
        if self.unchanged == "outside":
            changed = relations.anchor_flags != 0, relations.candidate_flags != 0
            compared = changed[0].unsqueeze(1) & changed[1]
        others = compared.shape[1] - known.numel()
        theirs = torch.eye(len(known), dtype=torch.bool, device=known.device)
        theirs = theirs.repeat_interleave(known.shape[1], 1) & known.flatten()
        return torch.cat([compared[:, :others], compared[:, others:] & theirs], dim=1)

    def _contrast(
        self, similarity: Tensor, relations: PairRelations, known: Tensor
    ) -> dict[str, Tensor]:
        with torch.no_grad():
            # In place, so that the gradient stays alive at the bounds.
            self.temperature.clamp_(*self.temperature_range)
        compared = self._compared(relations, known)
        negatives = self.gate(relations) * compared
        batch = len(known) * self.references
        backwards = relations.first_candidates(batch).transposed
        back_negatives = self.gate(backwards) * compared[:, :batch].T
        term = (
            self._side(similarity, negatives, relations)
            + self._side(similarity[:, :batch].T, back_negatives, backwards)
        ) / 2
        return {
            "loss_tgcl": self.loss_weight * term,
            "tgcl_unweighted": term.detach(),
            "tgcl_temperature": self.temperature.detach().clone(),
            **self._diagnostics(similarity.detach(), relations, negatives, compared, known),
        }

    @torch.no_grad()
    def _diagnostics(
        self,
        similarity: Tensor,
        relations: PairRelations,
        negatives: Tensor,
        compared: Tensor,
        known: Tensor,
    ) -> dict[str, Tensor]:
        others = similarity.shape[1] - known.numel()
        batch = len(known) * self.references
        anchors = compared.any(1).float()
        anchors = anchors / anchors.sum().clamp_min(1)
        negatives = negatives.masked_fill(relations.own, 0)[:, :others]
        same = (negatives * relations.same_meaning[:, :others]).sum()
        foreign = (compared & ~relations.own)[:, :others].sum(1).float()
        among = similarity.masked_fill(~compared, -torch.inf)[:, :batch]
        right = relations.own | relations.same_meaning
        found = right.gather(1, among.argmax(1, keepdim=True)).squeeze(1).float()
        diagnostics = {
            "tgcl_gate_mean": 1 - anchors @ negatives.sum(1) / (anchors @ foreign).clamp_min(1),
            "tgcl_negatives": anchors @ negatives.sum(1),
            "tgcl_same_meaning_share": 100 * same / negatives.sum().clamp_min(1e-12),
            "tgcl_recall": 100 * anchors @ found,
        }
        if self.counterfactuals:
            own = (similarity * relations.own)[:, :batch].sum(1, keepdim=True) / self.references
            told = (own > similarity)[:, others:] & compared[:, others:]
            share = told.sum() / compared[:, others:].sum().clamp_min(1)
            diagnostics["tgcl_counterfactuals_told"] = 100 * share
        return diagnostics

    def _side(self, similarity: Tensor, negatives: Tensor, relations: PairRelations) -> Tensor:
        """Mean over the anchors that have a true negative; 0 if none has."""
        valid = negatives.masked_fill(relations.own, 0).sum(1) > 1e-3
        # Rows that do not count must still be finite, or their zero weight would make them NaN.
        negatives = torch.where(valid[:, None], negatives, 1.0)
        rows = contrastive_rows(similarity / self.temperature, relations.own, negatives)
        return (valid * rows).sum() / valid.sum().clamp_min(1)


def _cosines(first: Tensor, second: Tensor) -> Tensor:
    """(R, C) products of rows; in fp64, since TF32 would round what a gate decides by."""
    return (first.double() @ second.double().T).float()
