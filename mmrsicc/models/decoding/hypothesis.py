"""What every decoding strategy takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from mmrsicc.structures import DifferenceFeatures

#: Said of logits that are not finite.
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
    """The incremental interface that a caption head offers (see the architecture notes)."""

    def start(self, difference: DifferenceFeatures) -> Any:
        """The state before the first word, with ``select(indices)``."""

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """(B,) last ids and state to (B, V) logits and the next state."""


def normalised(log_probability: float, length: int, length_penalty: float) -> float:
    """log p / length^length_penalty: 0 sums, 1 averages over ids (the end counts as one)."""
    return log_probability / length**length_penalty
