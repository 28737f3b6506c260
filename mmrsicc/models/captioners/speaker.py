"""Speaker: features of a pair to sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmrsicc.datasets.no_change import EVERY_NO_CHANGE_SENTENCE
from mmrsicc.models.build import build_part
from mmrsicc.models.captioners.change_decision import ChangeDecision, decided
from mmrsicc.models.captioners.self_critical import SelfCritical
from mmrsicc.models.decoding import Hypothesis, score_sentences
from mmrsicc.models.decoding.hypothesis import normalised
from mmrsicc.models.heads import SentenceBatch
from mmrsicc.models.layers import PackedWords
from mmrsicc.registry import MODELS, TASK_UTILS, TOKENIZERS
from mmrsicc.structures import Conditions, DifferenceFeatures


@MODELS.register_module()
class Speaker(BaseModule):
    """Tokenizer, caption head and decoding.

    All sentences of a pair are said from features that are computed once: keys and values of the
    memory are shared by them.

    Args:
        in_channels: Channels D of the difference tokens.
        head: Config of the caption head; told ``in_channels`` and ``tokenizer``.
        tokenizer: Config of what turns sentences into ids and back.
        decoding: Config of the decoding strategy; greedy search by default.
        token_mask: Config of what weighs the tokens by a change mask (``Conditions.mask``), or
            None.
        max_length: Most ids of a training sentence, start and end included; longer ones are cut.
        reward: Arguments of :class:`SelfCritical`, which rewards sentences that the speaker draws
            itself; None: it learns from the words of given sentences alone.
        decision: Arguments of :class:`ChangeDecision`, which decides in :meth:`answer` whether a
            pair gets a no-change sentence; None: the most probable sentence is said.

    Attributes:
        no_change: Known no-change sentences whose words are all in the vocabulary.

    Raises:
        ValueError: If there is a decision and no known no-change sentence.
    """

    def __init__(
        self,
        in_channels: int,
        head: Mapping[str, Any],
        tokenizer: Mapping[str, Any],
        decoding: Mapping[str, Any] | None = None,
        token_mask: Mapping[str, Any] | None = None,
        max_length: int = 42,
        reward: Mapping[str, Any] | None = None,
        decision: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.tokenizer = TOKENIZERS.build(tokenizer)
        self.decoding = TASK_UTILS.build(decoding or {"type": "GreedySearch"})
        self.head = build_part(head, in_channels=in_channels, tokenizer=self.tokenizer)
        self.token_mask = None if token_mask is None else MODELS.build(token_mask)
        self.max_length = max_length
        self.reward = None if reward is None else SelfCritical(**reward)
        self._known: dict[str, list[int]] = {}
        decode = self.tokenizer.decode
        self.no_change = [
            s for s in sorted(EVERY_NO_CHANGE_SENTENCE) if decode(self._ids(s)[1:]) == s
        ]
        self.decision: ChangeDecision | None = None
        self.set_decision(decision)

    def set_decision(self, decision: Mapping[str, float] | None) -> None:
        """Decides by :class:`ChangeDecision` of these arguments; None: no longer decides.

        Raises:
            ValueError: If the vocabulary has the words of no known no-change sentence.
        """
        if decision is not None and not self.no_change:
            raise ValueError(
                "decision: the vocabulary has the words of no known no-change sentence "
                "(mmrsicc/datasets/no_change.py): leave decision out"
            )
        self.decision = None if decision is None else ChangeDecision(**decision)

    def loss(
        self,
        features: DifferenceFeatures,
        sentences: Sequence[Sequence[str]],
        conditions: Conditions | None = None,
        references: Sequence[Sequence[str]] | None = None,
    ) -> dict[str, Tensor]:
        """Loss of the sentences of each of B pairs, of which each has one or more.

        Args:
            features: Features of the pairs.
            sentences: What is learned word by word.
            conditions: What the head, the token mask and a prompt are told.
            references: All sentences of each pair, with which the reward compares; by default
                those that are learned.

        Returns:
            Terms and diagnostics of the head, in which every word of every sentence counts alike,
            and of the reward.

        Raises:
            ValueError: If a pair has no sentence, or a condition is missing.
        """
        conditions = conditions or Conditions()
        batch = self.encode(sentences, conditions.prompt).to(features.tokens.device)
        masked = self.masked(features, conditions)
        terms = self.head.loss(masked, batch, conditions)
        if self.reward is not None:
            terms |= self.reward(self, features, references or sentences, conditions)
        return terms

    def generate(
        self,
        features: DifferenceFeatures,
        conditions: Conditions | None = None,
        decoding: Any = None,
    ) -> list[list[Hypothesis]]:
        """Sentences about each of B pairs, best first; a prompt is not repeated in them.

        Args:
            features: Features of the pairs.
            conditions: What the head, the token mask and a prompt ask for.
            decoding: Strategy in place of the speaker's own.

        Raises:
            ValueError: If a condition is missing, or the model has diverged.
        """
        conditions = conditions or Conditions()
        search = decoding or self.decoding
        tokenizer = self.tokenizer
        return search(
            self.head,
            self.masked(features, conditions),
            tokenizer.start_id,
            tokenizer.end_id,
            conditions,
        )

    def answer(
        self,
        features: DifferenceFeatures,
        conditions: Conditions | None = None,
        decoding: Any = None,
    ) -> tuple[list[list[Hypothesis]], list[float | None]]:
        """Sentences about each of B pairs as users get them, and probabilities of a change.

        As :meth:`generate`, after which a decision puts the sentences of the decided kind first.

        Returns:
            The hypotheses, best first, and (B,) probabilities: by the decision, else by all
            sentences but the no-change sentences; each None if no such sentence is known, or if a
            prompt begins the sentences, which then are not decided either.
        """
        hypotheses = self.generate(features, conditions, decoding)
        prompted = conditions is not None and conditions.prompt is not None
        if not self.no_change or prompted:
            return hypotheses, [None] * len(hypotheses)
        logs = self.score(features, self.no_change, conditions)
        chances = (1.0 - logs.exp().sum(1)).clamp(0.0, 1.0)
        if self.decision is None:
            return hypotheses, chances.tolist()
        share = None if conditions is None else conditions.changed_share
        chances = self.decision(chances, share)
        return self._decided(hypotheses, chances > 0.5, logs), chances.tolist()

    def _decided(
        self, hypotheses: list[list[Hypothesis]], changed: Tensor, logs: Tensor
    ) -> list[list[Hypothesis]]:
        """Hypotheses of B pairs, those of the decided kind first; ``logs`` as :meth:`score`."""
        ids = [self._ids(sentence)[1:-1] for sentence in self.no_change]
        penalty = getattr(self.decoding, "length_penalty", 1.0)
        scores = torch.stack(
            [normalised(log, len(i) + 1, penalty) for log, i in zip(logs.T, ids, strict=True)], 1
        )
        best, which = scores.max(1)
        return [
            decided(
                said,
                bool(flag),
                Hypothesis(ids[place], score),
                lambda h: self.tokenizer.decode(h.ids) in self.no_change,
            )
            for said, flag, place, score in zip(
                hypotheses, changed.tolist(), which.tolist(), best.tolist(), strict=True
            )
        ]

    def score(
        self,
        features: DifferenceFeatures,
        sentences: Sequence[str],
        conditions: Conditions | None = None,
    ) -> Tensor:
        """Log-probabilities (B, S) of the same S sentences for each of B pairs."""
        conditions = conditions or Conditions()
        start = self.tokenizer.start_id
        ids = [self.tokenizer.encode(sentence)[1:] for sentence in sentences]
        return score_sentences(self.head, self.masked(features, conditions), ids, start, conditions)

    def word_logs(
        self,
        features: DifferenceFeatures,
        sentences: Sequence[Sequence[list[int]]],
        conditions: Conditions,
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities (B, M, L) of the words of M sentences of each pair, with gradient.

        Args:
            features: Features of the pairs.
            sentences: Their ids, from the start on, with the end where they ended.
            conditions: What the head is told.

        Returns:
            The log-probabilities, and (B, M, L) bool, which of them belong to words or to the end.
        """
        batch = self._batch(sentences, conditions.prompt).to(features.tokens.device)
        logits = self.head(self.masked(features, conditions), batch.ids[..., :-1], conditions)
        logs = logits.float().log_softmax(-1)
        return logs.gather(-1, batch.ids[..., 1:, None]).squeeze(-1), batch.words

    def encode(
        self, sentences: Sequence[Sequence[str]], prompt: Tensor | None = None
    ) -> SentenceBatch:
        """The sentences of each pair as ids, each sentence encoded once in a training.

        A prompt (B, P) stands behind the start of each sentence of its pair and is not learned.

        Raises:
            ValueError: If a pair has no sentence.
        """
        return self._batch([[*map(self._ids, own)] for own in sentences], prompt)

    def _batch(self, rows: Sequence[Sequence[list[int]]], prompt: Tensor | None) -> SentenceBatch:
        """The ids of the sentences of each pair, padded and packed."""
        if not all(rows):
            raise ValueError("a pair has no sentence to train on: look at its record's targets")
        prompts = [[]] * len(rows) if prompt is None else prompt.tolist()
        skipped = len(prompts[0])
        most = max(map(len, rows))
        longest = max(len(ids) for own in rows for ids in own) + skipped
        ids = np.full((len(rows), most, longest), self.tokenizer.pad_id)
        words = np.zeros((len(rows), most, longest - 1), dtype=bool)
        for b, own in enumerate(rows):
            for m, (start, *rest) in enumerate(own):
                sentence = [start, *prompts[b], *rest]
                ids[b, m, : len(sentence)] = sentence
                words[b, m, skipped : len(sentence) - 1] = True
        lengths = [[len(sentence) - 1 + skipped for sentence in own] for own in rows]
        packed = PackedWords.of_lengths(lengths, longest - 1)
        return SentenceBatch(torch.from_numpy(ids), torch.from_numpy(words), packed)

    def _ids(self, sentence: str) -> list[int]:
        """The ids of a sentence that comes again, as those of the training do."""
        if sentence not in self._known:
            self._known[sentence] = self._encode(sentence)
        return self._known[sentence]

    def _encode(self, sentence: str) -> list[int]:
        """The ids of a sentence, cut to the greatest length."""
        ids = self.tokenizer.encode(sentence)
        if len(ids) > self.max_length:
            ids = [*ids[: self.max_length - 1], self.tokenizer.end_id]
        return ids

    def masked(self, features: DifferenceFeatures, conditions: Conditions) -> DifferenceFeatures:
        """Features as the head reads them: a token mask, where there is one, weighs the tokens.

        Raises:
            ValueError: If there is a token mask, and the places are no square grid.
        """
        if self.token_mask is None:
            return features
        if features.side is None:
            raise ValueError(
                f"token_mask: {features.num_places} places form no square grid: resize the images "
                "to squares, and use a neck with one memory, such as JFM"
            )
        places, summaries = features.tokens.tensor_split([features.num_places], dim=1)
        masked = self.token_mask(places, conditions.mask)
        return replace(features, tokens=torch.cat([masked, summaries], dim=1))
