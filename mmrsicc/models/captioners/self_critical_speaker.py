"""Speaker that also learns from the scores of sentences that it draws itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mmrsicc.models.captioners.speaker import Speaker
from mmrsicc.models.decoding import SampleSearch
from mmrsicc.registry import METRICS, MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.utils import mean_count


@MODELS.register_module()
class SelfCriticalSpeaker(Speaker):
    """Speaker that is rewarded for its own sentences (Rennie et al. 2017).

    Of each changed pair it draws sentences; those with a reward above the mean of the pair's other
    ones become likelier, those below less likely (Luo 2020). Unchanged pairs have stock sentences
    and learn by their words alone: a right one scores ten times what a good sentence about a change
    does, so that rewarding it would teach to say it whenever in doubt.

    Meant for the end of a training, from a checkpoint that says whole sentences.

    Args:
        reward: Config of what scores a sentence against those of its pair, such as
            ``dict(type="CiderReward", ann_file=...)``.
        samples: Sentences drawn of each pair, at least 2.
        reward_weight: Weight of the term, beside the cross-entropy of the words.
        **kwargs: As for :class:`Speaker`.

    Raises:
        ValueError: If ``samples`` is below 2.
    """

    def __init__(
        self,
        *args: Any,
        reward: Mapping[str, Any],
        samples: int = 5,
        reward_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if samples < 2:
            raise ValueError(
                f"SelfCriticalSpeaker: samples={samples} must be 2 or more, since each is compared "
                "with the others"
            )
        self.reward = METRICS.build(reward)
        self.sampling = SampleSearch(samples, self.max_length - 1)
        self.reward_weight = reward_weight

    def loss(
        self,
        features: DifferenceFeatures,
        sentences: Sequence[Sequence[str]],
        conditions: Conditions | None = None,
    ) -> dict[str, Tensor]:
        """Loss of the words, and ``loss_reward``; ``reward`` is the mean of drawn sentences."""
        conditions = conditions or Conditions()
        terms = super().loss(features, sentences, conditions)
        drawn = [
            [self.tokenizer.decode(hypothesis.ids) for hypothesis in hypotheses]
            for hypotheses in self._draw(features, conditions)
        ]
        rewards = features.tokens.new_tensor(
            [
                [self.reward(text, own) for text in texts]
                for texts, own in zip(drawn, sentences, strict=True)
            ]
        )
        counted = torch.ones_like(rewards[:, :1])
        if conditions.flag is not None:
            counted = (conditions.flag > 0).to(rewards)[:, None]
        # Each sentence against the mean of the others: k / (k - 1) times that against all.
        number = rewards.shape[1]
        advantage = (rewards - rewards.mean(1, keepdim=True)) * number / (number - 1) * counted
        logs, words = self._word_logs(features, drawn, conditions)
        counted_words = words & (counted > 0)[..., None]
        total = -(advantage[..., None] * logs * counted_words).sum()
        terms["loss_reward"] = self.reward_weight * total / mean_count(counted_words)
        terms["reward"] = (rewards * counted).sum() / (counted.sum() * number).clamp_min(1)
        return terms

    def _draw(self, features: DifferenceFeatures, conditions: Conditions) -> list[list[Any]]:
        """Sentences of each pair, drawn without dropout in the head."""
        training = self.head.training
        self.head.eval()
        try:
            return self.generate(features, conditions, self.sampling)
        finally:
            self.head.train(training)

    def _word_logs(
        self,
        features: DifferenceFeatures,
        sentences: Sequence[Sequence[str]],
        conditions: Conditions,
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities (B, M, L) of the words of sentences, and which of them are words."""
        batch = self.encode(sentences, conditions.prompt).to(features.tokens.device)
        logits = self.head(self._masked(features, conditions), batch.ids[..., :-1], conditions)
        logs = logits.float().log_softmax(-1)
        return logs.gather(-1, batch.ids[..., 1:, None]).squeeze(-1), batch.words
