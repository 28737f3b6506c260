"""Change decision: whether a pair changed, from what the speaker and the mask say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

import torch
from torch import Tensor

from mmrsicc.models.decoding import Hypothesis

#: Keeps logarithms finite, and a single wrong pixel or a very sure speaker from deciding alone.
FLOOR = 1e-4


class ChangeDecision:
    """Logistic rule for the probability of a change; it decides which kind of sentence is said.

    A speaker takes its no-change sentence for a fact as soon as that is the most probable one, even
    where it gives all sentences about changes together the greater probability, or where a change
    detector sees a change. This rule weighs both::

        p = sigmoid(bias + speaker * logit(s) + mask * log(m + 1e-4))

    with s the speaker's probability of all other sentences than the known no-change sentences, and
    m the share of changed pixels of the predicted mask. ``mmrsicc calibrate-change`` fits the three
    numbers to the change flags of a validation split.

    Args:
        bias: Constant of the rule.
        speaker: Weight of the speaker's log odds of a change.
        mask: Weight of the logarithm of the changed share; 0 without a mask.

    Raises:
        ValueError: If one is no finite number.
    """

    def __init__(self, bias: float = 0.0, speaker: float = 1.0, mask: float = 0.0) -> None:
        for name, value in {"bias": bias, "speaker": speaker, "mask": mask}.items():
            if not isinstance(value, (int, float)) or not isfinite(value):
                raise ValueError(
                    f"change decision: {name} is {value!r:.80}, no finite number: fit one with "
                    "mmrsicc calibrate-change"
                )
        self.bias, self.speaker, self.mask = bias, speaker, mask

    def __call__(self, chances: Tensor, share: Tensor | None = None) -> Tensor:
        """Probabilities (B,) of a change.

        Args:
            chances: (B,) the speaker's probability that there is a change.
            share: (B,) of changed pixels of the predicted mask.

        Raises:
            ValueError: If the rule needs a mask and there is none.
        """
        if self.mask and share is None:
            raise ValueError(
                "the change decision weighs a mask, but the model predicts none: set mask=0, or "
                "give the encoder a mask head or a change detector"
            )
        speaker, mask = evidence(chances, share)
        return (self.bias + self.speaker * speaker + self.mask * mask).sigmoid()


def evidence(chances: Tensor, share: Tensor | None) -> tuple[Tensor, Tensor]:
    """Evidence of the rule: log odds of the speaker, logarithm of the changed share, (B,) each.

    Without a mask the second is 0.
    """
    speaker = (chances + FLOOR).log() - (1 - chances + FLOOR).log()
    if share is None:
        return speaker, torch.zeros_like(speaker)
    return speaker, (share + FLOOR).log()


def decided(
    hypotheses: Sequence[Hypothesis],
    changed: bool,
    no_change: Hypothesis,
    is_no_change: Callable[[Hypothesis], bool],
) -> list[Hypothesis]:
    """Hypotheses of a pair, those of the decided kind first.

    Where a changed pair has no sentence about a change, as with a greedy search, it keeps its own.

    Args:
        hypotheses: Best first.
        changed: Whether the pair changed.
        no_change: Best no-change sentence, for a pair whose hypotheses hold none.
        is_no_change: Whether a hypothesis is a no-change sentence.
    """
    agreeing = [h for h in hypotheses if is_no_change(h) != changed]
    others = [h for h in hypotheses if is_no_change(h) == changed]
    if not agreeing and not changed:
        agreeing = [no_change]
    return agreeing + others
