"""Self-critical training: a speaker learns from the scores of sentences that it draws itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mmrsicc.models.decoding import SampleSearch
from mmrsicc.registry import METRICS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.utils import mean_count

if TYPE_CHECKING:
    from mmrsicc.models.captioners.speaker import Speaker


class SelfCritical:
    """Reward of a speaker's own sentences (Rennie et al. 2017).

    Of each changed pair sentences are drawn; those with a score above the mean of the pair's other
    ones become likelier, those below less likely (Luo 2020). Unchanged pairs have stock sentences
    and learn by their words alone: a right one scores ten times what a good sentence about a change
    does, so that rewarding it would teach to say it whenever in doubt.

    Meant for the end of a training, from a checkpoint that says whole sentences.

    Args:
        score: Config of what scores a sentence against those of its pair, such as
            ``dict(type="CiderReward", ann_file=...)``.
        samples: Sentences drawn of each pair, at least 2.
        weight: Weight of the term, beside the cross-entropy of the words.

    Raises:
        ValueError: If ``samples`` is below 2.
    """

    def __init__(self, score: Mapping[str, Any], samples: int = 5, weight: float = 1.0) -> None:
        if samples < 2:
            raise ValueError(
                f"SelfCritical: samples={samples} must be 2 or more, since each is compared with "
                "the others"
            )
        self.score = METRICS.build(score)
        self.samples = samples
        self.weight = weight

    def __call__(
        self,
        speaker: Speaker,
        features: DifferenceFeatures,
        references: Sequence[Sequence[str]],
        conditions: Conditions,
    ) -> dict[str, Tensor]:
        """Term ``loss_reward``, and ``reward``, the mean score of drawn sentences.

        Args:
            speaker: What says the sentences.
            features: Features of B pairs.
            references: All sentences of each, which the scores compare with.
            conditions: What the speaker is told.
        """
        drawn = self.draw(speaker, features, conditions)
        texts = [[speaker.tokenizer.decode(words[1:]) for words in own] for own in drawn]
        pairs = zip(texts, references, strict=True)
        scores = torch.tensor(  # In mixed precision the tokens' own type would round them.
            [[self.score(text, own) for text in said] for said, own in pairs],
            dtype=torch.float32,
            device=features.tokens.device,
        )
        counted = scores.new_ones(len(scores), 1)
        if conditions.true_flag is not None:
            counted = (conditions.true_flag > 0).to(scores)[:, None]
        # Each sentence against the mean of the others: k / (k - 1) times that against all.
        advantage = (scores - scores.mean(1, keepdim=True)) * self.samples / (self.samples - 1)
        logs, words = speaker.word_logs(features, drawn, conditions)
        words = words & (counted > 0)[..., None]
        total = -(advantage[..., None] * logs * words).sum()
        return {
            "loss_reward": self.weight * total / mean_count(words),
            "reward": (scores * counted).sum() / (counted.sum() * self.samples).clamp_min(1),
        }

    def draw(
        self, speaker: Speaker, features: DifferenceFeatures, conditions: Conditions
    ) -> list[list[list[int]]]:
        """Sentences of each pair, drawn without dropout in the head.

        Returns:
            The ids of each with the start and the end; one of the greatest length has no end.
        """
        training = speaker.head.training
        speaker.head.eval()
        longest = speaker.max_length - 1
        try:
            found = speaker.generate(features, conditions, SampleSearch(self.samples, longest))
        finally:
            speaker.head.train(training)
        start, end = [speaker.tokenizer.start_id], [speaker.tokenizer.end_id]
        return [
            [[*start, *h.ids, *(end if len(h.ids) < longest else [])] for h in hypotheses]
            for hypotheses in found
        ]
