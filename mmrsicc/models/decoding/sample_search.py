"""Sampling: sentences drawn at random from the head's probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

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
class SampleSearch:
    """Draws sentences of each pair word by word, each word by its probability.

    Args:
        samples: Sentences per pair.
        max_length: Most ids of a sentence, the end included.
        length_penalty: Exponent of the length in the score; see :func:`normalised`.
        temperature: Divides the logits; below 1 likely words become likelier.

    Raises:
        ValueError: If ``samples`` or ``max_length`` < 1, or the temperature is not positive.
    """

    def __init__(
        self,
        samples: int = 5,
        max_length: int = 42,
        length_penalty: float = 1.0,
        temperature: float = 1.0,
    ) -> None:
        if samples < 1 or max_length < 1 or temperature <= 0:
            raise ValueError(
                "sampling needs samples >= 1, max_length >= 1 and temperature > 0, got "
                f"{samples}, {max_length} and {temperature}"
            )
        self.samples = self.beam_size = samples
        self.max_length = max_length
        self.length_penalty = length_penalty
        self.temperature = temperature

    @torch.no_grad()
    def __call__(
        self,
        head: CaptionHead,
        features: DifferenceFeatures,
        start_id: int,
        end_id: int,
        conditions: Conditions | None = None,
        seed: int | None = None,
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each ``samples`` hypotheses, in the order of drawing.

        Args:
            head: What says the words.
            features: Features of the pairs.
            start_id: Id that every sentence begins with.
            end_id: Id that ends a sentence.
            conditions: What the head is told beside the features.
            seed: Of random numbers that all pairs share, so that what is drawn for a pair does not
                depend on its batch; None: PyTorch's own generator draws for each pair.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        last, state = begin(head, features, conditions, start_id, self.samples)
        shared = None if seed is None else _shared_numbers(seed, self.max_length, self.samples)
        ids = last.new_full((len(last), self.max_length), end_id)
        totals = torch.zeros(len(last), device=last.device)
        ended = torch.zeros_like(last, dtype=torch.bool)
        interval = steps_between_checks(last.device)
        for position in range(self.max_length):
            logits, state = head.step(last, state)
            logs = logits.float().log_softmax(-1)
            # Drawing from NaN would end a process on a GPU; the total shows it.
            chances = (logits.float() / self.temperature).softmax(-1).nan_to_num(1.0)
            drawn = (
                torch.multinomial(chances, 1)
                if shared is None
                else _drawn_by(shared[position], chances)
            )
            last = drawn.squeeze(1).masked_fill(ended, end_id)
            totals += logs.gather(1, drawn).squeeze(1).masked_fill(ended, 0)
            ids[:, position] = last
            ended = ended | (last == end_id)
            if (position + 1) % interval == 0 and ended.all():
                break
        found = hypotheses(ids, totals, end_id, self.length_penalty)
        return [found[i : i + self.samples] for i in range(0, len(found), self.samples)]


def _shared_numbers(seed: int, length: int, samples: int) -> Tensor:
    """Uniform numbers (L, S) for each word of each sample, the same on every device."""
    return torch.rand(length, samples, generator=torch.Generator().manual_seed(seed))


def _drawn_by(numbers: Tensor, chances: Tensor) -> Tensor:
    """Words (B S, 1) of probabilities (B S, V): by the inverse of their sum, at S numbers."""
    sums = chances.double().cumsum(-1)
    rows = len(chances) // len(numbers)
    reached = numbers.to(sums).repeat(rows)[:, None] * sums[:, -1:]
    return torch.searchsorted(sums, reached, right=True).clamp_max(chances.shape[-1] - 1)
