"""Greedy decoding of a whole batch at once."""

import torch

from mmrsicc.models.decoding.hypothesis import (
    CaptionHead,
    Hypothesis,
    begin,
    hypotheses,
    steps_between_checks,
)
from mmrsicc.registry import TASK_UTILS
from mmrsicc.structures import Conditions, DifferenceFeatures


@TASK_UTILS.register_module()
class GreedySearch:
    """Takes the most probable word at every step, for all pairs together.

    Ended sentences leave the batch; one that meets the length limit is kept as it stands. Nothing
    is copied to the host before the end, but for a look now and then whether all have ended.

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
        self,
        head: CaptionHead,
        features: DifferenceFeatures,
        start_id: int,
        end_id: int,
        conditions: Conditions | None = None,
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each a list with its one hypothesis.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        last, state = begin(head, features, conditions, start_id)
        batch, device = len(last), last.device
        rows = torch.arange(batch, device=device)
        ids = torch.full((batch, self.max_length), end_id, device=device)
        totals = torch.zeros(batch, device=device)
        ended = torch.zeros(batch, dtype=torch.bool, device=device)
        interval = steps_between_checks(device)
        for position in range(self.max_length):
            logits, state = head.step(last, state)
            best, words = logits.float().log_softmax(-1).max(-1)
            last = words.masked_fill(ended, end_id)
            totals[rows] += best.masked_fill(ended, 0)
            ids[rows, position] = last
            ended = ended | (last == end_id)
            if (position + 1) % interval:
                continue
            going = (~ended).nonzero().squeeze(1)
            if len(going) == 0:
                break
            if len(going) < len(rows):
                rows, last, ended = rows[going], last[going], ended[going]
                state = state.select(going, going)
        return [[said] for said in hypotheses(ids, totals, end_id, self.length_penalty)]
