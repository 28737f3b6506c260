"""Beam search of a whole batch at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmrsicc.models.decoding.hypothesis import (
    DIVERGED,
    CaptionHead,
    Hypothesis,
    begin,
    normalised,
    steps_between_checks,
)
from mmrsicc.registry import TASK_UTILS
from mmrsicc.structures import Conditions, DifferenceFeatures


@dataclass
class _Ended:
    """The best ended sentences of each pair, W at most.

    Attributes:
        ids: (B, W, L) ids, ``end_id`` after a sentence.
        scores: (B, W) scores; minus infinity where there is none.
        counts: (B,) how many have ended so far.
    """

    ids: Tensor
    scores: Tensor
    counts: Tensor

    def add(self, pairs: Tensor, ids: Tensor, scores: Tensor) -> None:
        """Adds (P, n, l) sentences of ``pairs`` (P,), of which those with finite scores count."""
        scores = scores.masked_fill(~scores.isfinite(), -torch.inf)
        width, length = self.scores.shape[1], self.ids.shape[2]
        padded = ids.new_zeros(*ids.shape[:2], length)
        padded[:, :, : ids.shape[2]] = ids
        known_scores = torch.cat([self.scores[pairs], scores], dim=1)
        known_ids = torch.cat([self.ids[pairs], padded], dim=1)
        best, places = known_scores.topk(width, dim=1)
        self.scores[pairs] = best
        self.ids[pairs] = _rows(known_ids, places)
        self.counts[pairs] += scores.isfinite().sum(1)


@TASK_UTILS.register_module()
class BeamSearch:
    """Keeps the ``beam_size`` most probable beginnings of every pair's sentence.

    All beams of all pairs take a step together. A beam that ends is set aside with its score
    log p / length^length_penalty; beams that meet the length limit are set aside as they stand,
    so every pair has a sentence. A pair leaves the batch once ``beam_size`` of its beams have
    ended.

    Args:
        beam_size: Beams per pair; 1 is greedy search.
        max_length: Most ids of a sentence, the end included.
        length_penalty: Exponent of the length in the score, at least 0.

    Raises:
        ValueError: If ``beam_size`` or ``max_length`` < 1 or ``length_penalty`` < 0.
    """

    def __init__(
        self, beam_size: int = 3, max_length: int = 42, length_penalty: float = 1.0
    ) -> None:
        if beam_size < 1 or max_length < 1 or length_penalty < 0:
            raise ValueError(
                "beam search needs beam_size >= 1, max_length >= 1 and length_penalty >= 0, got "
                f"{beam_size}, {max_length} and {length_penalty}"
            )
        self.beam_size = beam_size
        self.max_length = max_length
        self.length_penalty = length_penalty

    @torch.no_grad()
    def __call__(
        self,
        head: CaptionHead,
        features: DifferenceFeatures,
        start_id: int,
        end_id: int,
        conditions: Conditions | None = None,
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each up to ``beam_size`` hypotheses, best first.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        width = self.beam_size
        last, state = begin(head, features, conditions, start_id, width)
        batch, device = len(last) // width, last.device
        pairs = torch.arange(batch, device=device)
        ids = last.new_empty(batch, width, 0)
        # All beams of a pair start alike, so only its first may be extended at the first step.
        scores = torch.full((batch, width), -torch.inf, device=device)
        scores[:, 0] = 0.0
        ended = _Ended(
            last.new_full((batch, width, self.max_length), end_id),
            torch.full((batch, width), -torch.inf, device=device),
            last.new_zeros(batch),
        )
        interval = steps_between_checks(device)
        for length in range(1, self.max_length + 1):
            logits, state = head.step(last, state)
            log_probabilities = logits.float().log_softmax(-1).unflatten(0, (-1, width))
            totals = (scores.unsqueeze(2) + log_probabilities).flatten(1)
            # Each of the beams can end at most once, so 2 x width candidates hold width open ones.
            best, flat = totals.topk(min(2 * width, totals.shape[1]), dim=1)
            parents, words = flat // logits.shape[-1], flat % logits.shape[-1]
            ids = torch.cat([_rows(ids, parents), words.unsqueeze(2)], dim=2)
            ends = words == end_id
            # Only an end that ranks among the beams counts: a poor one ends no sentence.
            leading = ends & (torch.arange(ends.shape[1], device=device) < width)
            final = normalised(best, length, self.length_penalty)
            open_pairs = (ended.counts[pairs] < width).unsqueeze(1)
            ended.add(pairs, ids, final.masked_fill(~(leading & open_pairs), -torch.inf))

            open_first = ends.int().sort(dim=1, stable=True).indices[:, :width]
            scores = best.masked_fill(ends, -torch.inf).gather(1, open_first)
            parents, ids = parents.gather(1, open_first), _rows(ids, open_first)
            rows = (
                torch.arange(len(pairs), device=device).unsqueeze(1) * width + parents
            ).flatten()
            kept = None
            if length % interval == 0:
                going = self._unfinished(ended, pairs, scores)
                if len(going) < len(pairs):
                    kept, rows = going, rows.unflatten(0, (-1, width))[going].flatten()
                    pairs, ids, scores = pairs[going], ids[going], scores[going]
                if len(pairs) == 0:
                    break
            state = state.select(rows, kept)
            last = ids[:, :, -1].flatten()
        unfinished = (ended.counts[pairs] < width).unsqueeze(1)
        left = normalised(scores, self.max_length, self.length_penalty)
        ended.add(pairs, ids, left.masked_fill(~unfinished, -torch.inf))
        return self._hypotheses(ended, end_id)

    def _unfinished(self, ended: _Ended, pairs: Tensor, scores: Tensor) -> Tensor:
        """Rows of the pairs that have an open beam and fewer than ``beam_size`` ended ones."""
        open_beams = scores.isfinite().any(dim=1)
        return (open_beams & (ended.counts[pairs] < self.beam_size)).nonzero().squeeze(1)

    def _hypotheses(self, ended: _Ended, end_id: int) -> list[list[Hypothesis]]:
        """The sentences of each pair, best first."""
        found: list[list[Hypothesis]] = []
        for sentences, scores in zip(ended.ids.tolist(), ended.scores.tolist(), strict=True):
            said = [
                Hypothesis(ids[: ids.index(end_id)] if end_id in ids else ids, score)
                for ids, score in zip(sentences, scores, strict=True)
                if score > -torch.inf
            ]
            if not said:
                raise ValueError(DIVERGED)
            found.append(said)
        return found


def _rows(ids: Tensor, indices: Tensor) -> Tensor:
    """(P, n, L) rows of (P, m, L) ids at (P, n) indices."""
    return ids.gather(1, indices.unsqueeze(2).expand(-1, -1, ids.shape[2]))
