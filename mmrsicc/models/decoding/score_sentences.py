"""Log-probabilities of given sentences, with teacher forcing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mmrsicc.models.decoding.hypothesis import CaptionHead, begin
from mmrsicc.structures import Conditions, DifferenceFeatures


@torch.no_grad()
def score_sentences(
    head: CaptionHead,
    features: DifferenceFeatures,
    sentences: Sequence[Sequence[int]],
    start_id: int,
    conditions: Conditions | None = None,
) -> Tensor:
    """Log-probabilities of the same S sentences for each of B pairs.

    All of them take a step together, over the head's incremental interface, so that any head
    will do.

    Args:
        head: Any caption head.
        features: Features of the pairs.
        sentences: Ids of each sentence without the start and with the end: without it, the
            probability would be that of all sentences which begin so.
        start_id: The id before the first word.
        conditions: What the head is told beside the features.

    Returns:
        (B, S) natural logarithms, float32.

    Raises:
        ValueError: If there is no sentence, or one has no id.
    """
    if not sentences or not all(sentences):
        raise ValueError("give at least one sentence, and at least the end's id for each")
    count, longest = len(sentences), max(map(len, sentences))
    # Sentences that have ended go on with any word, which counts for nothing.
    padded = [[*sentence, *[start_id] * (longest - len(sentence))] for sentence in sentences]
    last, state = begin(head, features, conditions, start_id, count)
    device, batch = last.device, len(last) // count
    ids = torch.tensor(padded, device=device).repeat(batch, 1)
    lengths = torch.tensor([len(s) for s in sentences], device=device).repeat(batch)
    totals = torch.zeros(len(last), device=device)
    for position in range(longest):
        logits, state = head.step(last, state)
        last = ids[:, position]
        gained = logits.float().log_softmax(-1).gather(1, last.unsqueeze(1)).squeeze(1)
        totals += gained.masked_fill(lengths <= position, 0)
    return totals.unflatten(0, (batch, count))
