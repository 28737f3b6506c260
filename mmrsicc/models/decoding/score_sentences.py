"""How probable given sentences are, with teacher forcing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mmrsicc.models.decoding.hypothesis import CaptionHead
from mmrsicc.structures import DifferenceFeatures


@torch.no_grad()
def score_sentences(
    head: CaptionHead,
    difference: DifferenceFeatures,
    sentences: Sequence[Sequence[int]],
    start_id: int,
) -> Tensor:
    """Log-probabilities of the same S sentences for each of B pairs.

    All of them take a step together, over the head's incremental interface, so that any head
    will do.

    Args:
        head: Any caption head.
        difference: What the neck says of the pairs.
        sentences: Ids of each sentence without the start and with the end: without it, the
            probability would be that of all sentences which begin so.
        start_id: The id before the first word.

    Returns:
        (B, S) natural logarithms, float32.

    Raises:
        ValueError: If there is no sentence, or one has no id.
    """
    if not sentences or not all(sentences):
        raise ValueError("give at least one sentence, and at least the end's id for each")
    batch, device = len(difference.tokens), difference.tokens.device
    pairs = torch.arange(batch, device=device).repeat_interleave(len(sentences))
    state = head.start(difference).select(pairs)
    last = torch.full_like(pairs, start_id)
    totals = torch.zeros(len(pairs), device=device)
    for position in range(max(map(len, sentences))):
        logits, state = head.step(last, state)
        # Sentences that have ended go on with any word, which counts for nothing.
        words = [s[position] if position < len(s) else start_id for s in sentences]
        open_ones = [position < len(s) for s in sentences]
        last = torch.tensor(words, device=device).repeat(batch)
        counts = torch.tensor(open_ones, device=device).repeat(batch)
        gained = logits.float().log_softmax(-1).gather(1, last.unsqueeze(1)).squeeze(1)
        totals += gained.where(counts, torch.zeros_like(gained))
    return totals.unflatten(0, (batch, len(sentences)))
