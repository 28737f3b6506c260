"""Interface of decoding strategies and caption heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from mmrsicc.structures import Conditions, DifferenceFeatures

#: Message about logits that are not finite.
DIVERGED = "the head's logits are not finite: the model has diverged"


@dataclass
class Hypothesis:
    """One decoded sentence.

    Attributes:
        ids: Word ids without start and end.
        score: Length-normalised log-probability, natural logarithm.
    """

    ids: list[int]
    score: float


class CaptionHead(Protocol):
    """Incremental interface of a caption head (see the architecture notes)."""

    def start(self, features: DifferenceFeatures, conditions: Conditions | None = None) -> Any:
        """The state before the first word, with ``select(rows, pairs=None)``."""

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """(S,) last ids and state to (S, V) logits and the next state."""


#: One number, or those of many sentences.
Number = TypeVar("Number", float, Tensor)


def normalised(log_probability: Number, length: int, length_penalty: float) -> Number:
    """log p / length^length_penalty: 0 sums, 1 averages over ids (the end counts as one)."""
    return log_probability / length**length_penalty


def hypotheses(ids: Tensor, totals: Tensor, end_id: int, length_penalty: float) -> list[Hypothesis]:
    """Hypotheses of (S, L) ids, ``end_id`` after their end, with (S,) log-probabilities.

    Raises:
        ValueError: A log-probability is not finite.
    """
    if not totals.isfinite().all():
        raise ValueError(DIVERGED)
    found = []
    for words, total in zip(ids.tolist(), totals.tolist(), strict=True):
        said = words[: words.index(end_id)] if end_id in words else words
        length = min(len(said) + 1, len(words))
        found.append(Hypothesis(said, normalised(total, length, length_penalty)))
    return found


def begin(
    head: CaptionHead,
    features: DifferenceFeatures,
    conditions: Conditions | None,
    start_id: int,
    width: int = 1,
) -> tuple[Tensor, Any]:
    """Last ids (B width,) and state of the first step, with ``width`` sentences per pair.

    Where a prompt is given, the head has read it but for its last word.
    """
    batch, device = features.tokens.shape[0], features.tokens.device
    rows = torch.arange(batch, device=device).repeat_interleave(width)
    state = head.start(features, conditions).select(rows)
    last = torch.full_like(rows, start_id)
    prompt = None if conditions is None else conditions.prompt
    for word in () if prompt is None else prompt.to(device).unbind(1):
        _, state = head.step(last, state)
        last = word[rows]
    return last, state


def steps_between_checks(device: torch.device) -> int:
    """Steps after which a search looks whether sentences have ended.

    Looking makes the host wait for a GPU; on a CPU it is free, and ended sentences cost time.
    """
    return 1 if device.type == "cpu" else 8
