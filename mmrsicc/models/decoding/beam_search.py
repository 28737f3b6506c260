"""Beam search of a whole batch at once."""

import torch
from torch import Tensor

from mmrsicc.models.decoding.hypothesis import DIVERGED, CaptionHead, Hypothesis, normalised
from mmrsicc.registry import TASK_UTILS
from mmrsicc.structures import DifferenceFeatures


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
        self, head: CaptionHead, difference: DifferenceFeatures, start_id: int, end_id: int
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each up to ``beam_size`` hypotheses, best first.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        batch, width = len(difference.tokens), self.beam_size
        pairs = torch.arange(batch, device=difference.tokens.device)
        state = head.start(difference).select(pairs.repeat_interleave(width))
        last = torch.full((batch, width), start_id, device=pairs.device)
        ids = last.new_empty(batch, width, 0)
        # All beams of a pair start alike, so only its first may be extended at the first step.
        scores = torch.full((batch, width), -torch.inf, device=pairs.device)
        scores[:, 0] = 0.0
        ended: list[list[Hypothesis]] = [[] for _ in range(batch)]

        for length in range(1, self.max_length + 1):
            logits, state = head.step(last.flatten(), state)
            log_probabilities = logits.float().log_softmax(-1).unflatten(0, (-1, width))
            totals = (scores.unsqueeze(2) + log_probabilities).flatten(1)
            # Each of the beams can end at most once, so 2 x width candidates hold width open ones.
            best, flat = totals.topk(min(2 * width, totals.shape[1]), dim=1)
            parents, words = flat // logits.shape[-1], flat % logits.shape[-1]
            ids = torch.cat([_rows(ids, parents), words.unsqueeze(2)], dim=2)
            ends = words == end_id
            # Only an end that ranks among the beams counts: a poor one ends no sentence.
            leading = ends.clone()
            leading[:, width:] = False
            self._set_aside(ended, pairs, ids[:, :, :-1], best, leading, length)

            open_first = ends.int().sort(dim=1, stable=True).indices[:, :width]
            scores = best.masked_fill(ends, -torch.inf).gather(1, open_first)
            parents, ids = parents.gather(1, open_first), _rows(ids, open_first)

            going = self._unfinished(ended, pairs, scores)
            state = state.select((going.unsqueeze(1) * width + parents[going]).flatten())
            pairs, ids, scores = pairs[going], ids[going], scores[going]
            if len(pairs) == 0:
                break
            last = ids[:, :, -1]
        every = torch.ones_like(scores, dtype=torch.bool)
        self._set_aside(ended, pairs, ids, scores, every, self.max_length)
        if not all(ended):
            raise ValueError(DIVERGED)
        return [
            sorted(hypotheses, key=lambda h: h.score, reverse=True)[:width] for hypotheses in ended
        ]

    def _set_aside(
        self,
        ended: list[list[Hypothesis]],
        pairs: Tensor,
        ids: Tensor,
        totals: Tensor,
        chosen: Tensor,
        length: int,
    ) -> None:
        """Adds the chosen of (P, n, L) sentences with (P, n) log-probabilities to ``ended``."""
        for row, column in (chosen & totals.isfinite()).nonzero().tolist():
            sentence = ids[row, column].tolist()
            score = normalised(float(totals[row, column]), length, self.length_penalty)
            ended[int(pairs[row])].append(Hypothesis(sentence, score))

    def _unfinished(self, ended: list[list[Hypothesis]], pairs: Tensor, scores: Tensor) -> Tensor:
        """Rows of the pairs that have an open beam and fewer than ``beam_size`` ended ones."""
        open_beams = scores.isfinite().any(dim=1).tolist()
        rows = [
            row
            for row, (pair, is_open) in enumerate(zip(pairs.tolist(), open_beams, strict=True))
            if is_open and len(ended[pair]) < self.beam_size
        ]
        return torch.tensor(rows, dtype=torch.long, device=pairs.device)


def _rows(ids: Tensor, indices: Tensor) -> Tensor:
    """(P, n, L) rows of (P, m, L) ids at (P, n) indices."""
    return ids.gather(1, indices.unsqueeze(2).expand(-1, -1, ids.shape[2]))
