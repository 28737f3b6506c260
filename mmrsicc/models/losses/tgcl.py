"""Text-guided Gated Contrastive Loss: text guides the vision encoder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.losses.pair_weights import PairRelations, PairWeights
from mmrsicc.models.losses.placebo import ExchangedCaptions
from mmrsicc.models.losses.sentence_table import SentenceTable
from mmrsicc.models.losses.taps import TAPS
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.utils import gather_with_gradient

Samples = Sequence[ChangeDataSample]


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
        references: References of each pair that it is contrasted with; 0 takes the sentence that
            the captioner trains on in this draw.
        text_bank: Further training sentences, the same in every step, as candidates of each pair.
        unchanged_weight: Weight of unchanged pairs as anchors; 0 leaves changed ones alone.
        temperature: Initial temperature; learned within ``temperature_range``.
        temperature_range: Bounds of the temperature.
        loss_weight: Weight lambda of the term.
        stop_gradient: Whether nothing reaches the vision side: a control, as good as no loss.
        placebo: Whether each changed pair gets the captions of another changed pair: a control that
            keeps all but what the text says (:class:`ExchangedCaptions`).
        cache_dir: Folder of the embedding cache.

    Raises:
        ValueError: If there is no such tap, or a number is out of its range.
    """

    def __init__(
        self,
        in_channels: int,
        text_encoder: dict,
        encoder_channels: int = 0,
        similarity: Mapping | None = None,
        gate: Mapping | None = None,
        objective: Mapping | None = None,
        tap: str = "neck",
        references: int = 0,
        text_bank: int = 0,
        unchanged_weight: float = 1.0,
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
        if min(references, text_bank, unchanged_weight) < 0:
            raise ValueError(
                f"TGCL: references={references}, text_bank={text_bank} and unchanged_weight="
                f"{unchanged_weight} must not be negative"
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
        self.unchanged_weight = unchanged_weight
        self.temperature = nn.Parameter(torch.tensor(temperature))
        self.temperature_range = temperature_range
        self.loss_weight = loss_weight
        self.stop_gradient = stop_gradient
        self.placebo = placebo
        self.cache_dir = cache_dir
        self.sentences = SentenceTable()
        self._bank: list[int] = []
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
        self._bank = drawn[: self.text_bank].tolist()
        if self.placebo:
            self._exchanged = ExchangedCaptions(changed_captions)

    def forward(self, difference: DifferenceFeatures, samples: Samples) -> dict[str, Tensor]:
        """Compares what differs with the samples' captions.

        Returns:
            ``loss_tgcl`` (weighted), and as diagnostics the unweighted term in nats, the
            temperature, the mean opening of the gate, the true negatives per pair, the share of the
            gradient that pushes and pulls pairs of the same meaning, and R@1 in the batch (one's
            own sentence or one of the same meaning), the last two in percent.

        Raises:
            KeyError: If a sentence was not given to :meth:`prepare_texts`.
        """
        # The exponentials overflow in half precision.
        with torch.autocast(difference.pooled.device.type, enabled=False):
            visual = gather_with_gradient(self._encode_visual(difference))
            spoken = samples if self._exchanged is None else [*map(self._exchanged, samples)]
            text = gather_with_gradient(self._encode_sentences(spoken))
            if self._bank:
                text = torch.cat([text, self.similarity.encode_text(self._bank_embeddings)])
            return self._contrast(self.similarity.compare(visual, text), self._relations(spoken))

    def scores(self, difference: DifferenceFeatures, embeddings: Tensor) -> Tensor:
        """How close each pair is to each of M sentences: (B, M) from embeddings (M, E)."""
        visual = self._encode_visual(difference)
        return self.similarity.compare(visual, self.similarity.encode_text(embeddings))

    def _encode_visual(self, difference: DifferenceFeatures) -> Tensor:
        pooled, tokens = self.tap(difference)
        if self.stop_gradient:
            pooled, tokens = pooled.detach(), tokens.detach()
        return self.similarity.encode_visual(pooled, tokens)

    def _encode_sentences(self, samples: Samples) -> Tensor:
        """The sentences that the local pairs are contrasted with, (B M, d), pair by pair."""
        if not self.references:
            return self.similarity.encode_text(self.sentences([s.caption for s in samples]))
        captions = [
            sample.gt_captions[m % len(sample.gt_captions)]
            for sample in samples
            for m in range(self.references)
        ]
        return self.similarity.encode_text(self.sentences(captions))

    @torch.no_grad()
    def _relations(self, samples: Samples) -> PairRelations:
        """What the pairs of all processes are to their sentences and to those of the bank."""
        embedded = [self.sentences(sample.gt_captions).mean(0) for sample in samples]
        prototypes = F.normalize(gather_with_gradient(torch.stack(embedded)), dim=1)
        known = [float(sample.get("change_flag", -1)) for sample in samples]
        flags = gather_with_gradient(prototypes.new_tensor(known))
        repeats = max(self.references, 1)
        own = torch.eye(len(prototypes), dtype=torch.bool, device=prototypes.device)
        relations = PairRelations(
            prototypes @ prototypes.repeat_interleave(repeats, 0).T,
            own.repeat_interleave(repeats, 1),
            flags,
            flags.repeat_interleave(repeats),
        )
        return self._with_bank(relations, prototypes, samples) if self._bank else relations

    def _with_bank(
        self, relations: PairRelations, prototypes: Tensor, samples: Samples
    ) -> PairRelations:
        """The relations with the bank's sentences as further candidates."""
        references = [set(self.sentences.rows(sample.gt_captions)) for sample in samples]
        mine = [[float(row in rows) for row in self._bank] for rows in references]
        in_bank = gather_with_gradient(prototypes.new_tensor(mine)).bool()
        unknown = prototypes.new_full((len(self._bank),), -1)
        return PairRelations(
            torch.cat([relations.similarity, prototypes @ self._bank_embeddings.T], dim=1),
            torch.cat([relations.own, in_bank], dim=1),
            relations.anchor_flags,
            torch.cat([relations.candidate_flags, unknown]),
        )

    @property
    def _bank_embeddings(self) -> Tensor:
        return self.sentences.embeddings[self._bank].float()

    def _contrast(self, similarity: Tensor, relations: PairRelations) -> dict[str, Tensor]:
        with torch.no_grad():
            # In place, so that the gradient stays alive at the bounds.
            self.temperature.clamp_(*self.temperature_range)
        batch = similarity.shape[1] - len(self._bank)
        backwards = relations.first_candidates(batch).transposed
        weights = self.gate(relations)
        term = (
            self._side(similarity, weights, relations)
            + self._side(similarity[:, :batch].T, self.gate(backwards), backwards)
        ) / 2
        negatives = weights.negatives.masked_fill(relations.own, 0).sum(1).mean()
        others = (~relations.own).sum(1).float().mean().clamp_min(1)
        nearest = similarity[:, :batch].argmax(1, keepdim=True)
        right = relations.own | relations.same_meaning
        return {
            "loss_tgcl": self.loss_weight * term,
            "tgcl_unweighted": term.detach(),
            "tgcl_temperature": self.temperature.detach().clone(),
            "tgcl_gate_mean": 1 - negatives / others,
            "tgcl_negatives": negatives,
            "tgcl_same_meaning_share": 100 * _same_meaning_share(term, similarity, relations),
            "tgcl_recall": 100 * right.gather(1, nearest).float().mean(),
        }

    def _side(self, similarity: Tensor, weights: PairWeights, relations: PairRelations) -> Tensor:
        """The objective's mean over anchors that have a true negative; 0 if none has."""
        valid = weights.negatives.masked_fill(relations.own, 0).sum(1) > 1e-3
        # Rows that do not count must still be finite, or their zero weight would make them NaN.
        negatives = torch.where(valid[:, None], weights.negatives, 1.0)
        rows = self.objective(
            similarity, self.temperature, PairWeights(weights.positives, negatives), relations
        )
        anchors = torch.where(relations.anchor_flags == 0, self.unchanged_weight, 1.0) * valid
        return (anchors * rows).sum() / anchors.sum().clamp_min(1e-6)


def _same_meaning_share(term: Tensor, similarity: Tensor, relations: PairRelations) -> Tensor:
    """Share of the gradient on other candidates that goes to those of the same meaning."""
    if not term.requires_grad:
        return term.new_zeros(())
    (gradient,) = torch.autograd.grad(term, similarity, retain_graph=True)
    others = gradient.abs().masked_fill(relations.own, 0)
    return (others * relations.same_meaning).sum() / others.sum().clamp_min(1e-12)
