"""Dynamic speaker: DUDA's head, which weighs before, after and difference at each word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import (
    AutoregressiveHead,
    SentenceBatch,
    sentence_rows,
)
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils import mean_count

HiddenCell = tuple[Tensor, Tensor]


@dataclass
class SpeakerState:
    """State of the speaker between two steps, one row per sentence.

    Attributes:
        tokens: The three vectors of the pair, (B, 3, C).
        summary: What the three say together, (B, D).
        attending: Hidden and cell state of the LSTM that chooses, (B, D) each.
        speaking: Hidden and cell state of the LSTM that speaks, (B, D) each.
    """

    tokens: Tensor
    summary: Tensor
    attending: HiddenCell
    speaking: HiddenCell

    def select(self, rows: Tensor, pairs: Tensor | None = None) -> SpeakerState:
        """The state of the sentences at ``rows`` (S',)."""
        return SpeakerState(
            self.tokens[rows],
            self.summary[rows],
            (self.attending[0][rows], self.attending[1][rows]),
            (self.speaking[0][rows], self.speaking[1][rows]),
        )


@MODELS.register_module()
class DynamicSpeaker(AutoregressiveHead):
    """Dynamic speaker of DUDA (Park et al. 2019) over three tokens: before, difference, after.

    At each word, one LSTM weighs the three tokens, and another says the word from their weighted
    sum and the word before.

    Args:
        in_channels: Channels C of the tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of both LSTMs.
        word_dims: Channels of the word vectors.
        dropout: Dropout on words, on the summary of the tokens and before the output layer.
        entropy_weight: Weight of the reward of an even choice: the weights' entropy, summed over
            the words of a sentence and averaged over the sentences of changed pairs of all
            processes. Without change flags all pairs count as changed.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int = 512,
        word_dims: int = 300,
        dropout: float = 0.5,
        entropy_weight: float = 1e-4,
    ) -> None:
        super().__init__(tokenizer)
        self.entropy_weight = entropy_weight
        self.embedding = nn.Embedding(len(tokenizer), word_dims)
        self.summarise = nn.Sequential(nn.Linear(3 * in_channels, dims), nn.ReLU())
        self.attend = nn.LSTMCell(2 * dims, dims)
        self.choose = nn.Sequential(nn.Linear(dims, 3), nn.Softmax(dim=1))
        self.speak = nn.LSTMCell(word_dims + in_channels, dims)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(dims, len(tokenizer))

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        state, said = self.start(features, conditions).select(sentence_rows(ids)), []
        for word in self._embed(ids.flatten(0, 1)).unbind(1):
            state = self._advance(word, state)
            said.append(state.speaking[0])
        return self._classify(torch.stack(said, dim=1)).unflatten(0, ids.shape[:2])

    def loss(
        self,
        features: DifferenceFeatures,
        sentences: SentenceBatch,
        conditions: Conditions | None = None,
    ) -> dict[str, Tensor]:
        """The words' cross-entropy, and ``loss_choice``, the entropy's part."""
        with self._recorded_choices() as choices:
            losses = super().loss(features, sentences, conditions)
        entropy = torch.special.entr(torch.stack(choices, dim=1)).sum(2)
        words = sentences.words.flatten(0, 1)
        counted = words.any(1)
        if conditions is not None and conditions.true_flag is not None:
            counted = counted & (conditions.true_flag != 0)[sentence_rows(sentences.ids)]
        total = ((entropy * words).sum(1) * counted).sum()
        losses["loss_choice"] = -self.entropy_weight * total / mean_count(counted)
        return losses

    @torch.no_grad()
    def word_attention(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """Weights of the three tokens for each next word, given (B, L) ids from the start on.

        Returns:
            (B, 1, L, 3). Row i is that of the word after ``ids[:, i]``; each row sums to 1.
        """
        with self._recorded_choices() as choices:
            self(features, ids.unsqueeze(1), conditions)
        return torch.stack(choices, dim=1).unsqueeze(1)

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> SpeakerState:
        """The state before the first word.

        Raises:
            ValueError: If there are not three tokens.
        """
        tokens = features.tokens
        if tokens.shape[1] != 3:
            raise ValueError(
                f"the speaker chooses among 3 tokens, but the neck gives {tokens.shape[1]}: "
                "use the neck DualAttention"
            )
        zeros = tokens.new_zeros(tokens.shape[0], self.attend.hidden_size)
        return SpeakerState(
            tokens, self.summarise(tokens.flatten(1)), (zeros, zeros), (zeros, zeros)
        )

    def step(self, tokens: Tensor, state: SpeakerState) -> tuple[Tensor, SpeakerState]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        state = self._advance(self._embed(tokens), state)
        return self._classify(state.speaking[0]), state

    def _embed(self, ids: Tensor) -> Tensor:
        return self.dropout(self.embedding(ids).relu())

    def _classify(self, said: Tensor) -> Tensor:
        return self.classifier(self.dropout(said))

    def _advance(self, word: Tensor, state: SpeakerState) -> SpeakerState:
        """The state after one more word vector of each sentence, (B, word_dims)."""
        # The summary is the same for all words, but dropout is drawn for each.
        seen = torch.cat([self.dropout(state.summary), state.speaking[0]], dim=1)
        attending = self.attend(seen, state.attending)
        weights = self.choose(attending[0])
        chosen = (state.tokens * weights.unsqueeze(2)).sum(1)
        speaking = self.speak(torch.cat([word, chosen], dim=1), state.speaking)
        return SpeakerState(state.tokens, state.summary, attending, speaking)

    @contextmanager
    def _recorded_choices(self) -> Iterator[list[Tensor]]:
        """A list that gets the weights (B, 3) of each word said meanwhile."""
        choices: list[Tensor] = []
        hook = self.choose.register_forward_hook(lambda _, __, weights: choices.append(weights))
        try:
            yield choices
        finally:
            hook.remove()
