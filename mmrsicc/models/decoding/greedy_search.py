"""Greedy decoding of a whole batch at once."""

import torch

from mmrsicc.models.decoding.hypothesis import DIVERGED, CaptionHead, Hypothesis, normalised
from mmrsicc.registry import TASK_UTILS
from mmrsicc.structures import DifferenceFeatures


@TASK_UTILS.register_module()
class GreedySearch:
    """Takes the most probable word at every step, for all pairs together.

    Finished sentences leave the batch; one that meets the length limit is kept as it stands.

    Args:
        max_length: Most ids of a sentence, the end included.
        length_penalty: Exponent of the length in the score; see :func:`normalised`.

    Raises:
        ValueError: If ``max_length`` < 1.
    """

    def __init__(self, max_length: int = 42, length_penalty: float = 1.0) -> None:
        if max_length < 1:
            raise ValueError(f"greedy search needs max_length >= 1, got {max_length}")
        self.max_length = max_length
        self.length_penalty = length_penalty

    @torch.no_grad()
    def __call__(
        self, head: CaptionHead, difference: DifferenceFeatures, start_id: int, end_id: int
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each a list with its one hypothesis.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        batch, device = len(difference.tokens), difference.tokens.device
        state = head.start(difference)
        last = torch.full((batch,), start_id, device=device)
        rows = torch.arange(batch, device=device)
        ids: list[list[int]] = [[] for _ in range(batch)]
        totals = torch.zeros(batch, device=device)
        for _ in range(self.max_length):
            logits, state = head.step(last, state)
            best, last = logits.float().log_softmax(-1).max(-1)
            totals[rows] += best
            for row, word in zip(rows.tolist(), last.tolist(), strict=True):
                ids[row].append(word)
            going = (last != end_id).nonzero().squeeze(1)
            if len(going) == 0:
                break
            if len(going) < len(rows):
                rows, last, state = rows[going], last[going], state.select(going)
        if totals.isnan().any():
            raise ValueError(DIVERGED)
        return [
            [_hypothesis(words, total, end_id, self.length_penalty)]
            for words, total in zip(ids, totals.tolist(), strict=True)
        ]


def _hypothesis(ids: list[int], total: float, end_id: int, length_penalty: float) -> Hypothesis:
    score = normalised(total, len(ids), length_penalty)
    return Hypothesis(ids[:-1] if ids[-1] == end_id else ids, score)
