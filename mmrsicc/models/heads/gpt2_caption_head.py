"""PromptCC's head: GPT-2 continues from the difference, learned prompts and the change flag."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead, sentence_rows
from mmrsicc.models.layers.causal import State
from mmrsicc.models.layers.gpt2 import GPT2
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary


@dataclass
class GPT2State:
    """State between two steps, a row per sentence.

    Attributes:
        layers: Each layer's keys and values.
        opening: (B, 1, D) last vector of the prefix, which is read in place of the start; None
            behind it.
    """

    layers: list[State]
    opening: Tensor | None = None

    def select(self, rows: Tensor, pairs: Tensor | None = None) -> GPT2State:
        """The state of the sentences at ``rows`` (S',)."""
        opening = None if self.opening is None else self.opening[rows]
        return GPT2State([(a[rows], b[rows]) for a, b in self.layers], opening)


@MODELS.register_module()
class GPT2CaptionHead(AutoregressiveHead):
    """Head of PromptCC (Liu et al. 2023, TGRS): GPT-2 with prompts before and a new output layer.

    A sentence begins behind a prefix: the tokens, some learned prompts, and one of two learned
    vectors by the change flag (``Conditions.flag``). The flag's stands in the place of the start.

    Args:
        in_channels: Channels D of the difference tokens, and so GPT-2's; 768 for published weights.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        num_layers: Layers of GPT-2.
        num_heads: Its attention heads.
        dropout: Its dropout, where it learns.
        num_prompts: Learned prompts.
        frozen: Keeps GPT-2 as it is: no gradient, no dropout.
        pretrained: Hub name or folder of a GPT-2 whose weights training starts from, or None.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        num_layers: int = 12,
        num_heads: int = 12,
        dropout: float = 0.1,
        num_prompts: int = 5,
        frozen: bool = True,
        pretrained: str | None = None,
    ) -> None:
        super().__init__(tokenizer)
        self.pretrained = pretrained
        self.frozen = frozen
        self.prompts = nn.Parameter(torch.randn(num_prompts, in_channels) * in_channels**-0.5)
        self.reads_flag = True
        self.flag = nn.Embedding(2, in_channels)
        nn.init.normal_(self.flag.weight, std=in_channels**-0.5)
        self.gpt = GPT2(len(tokenizer), in_channels, num_layers, num_heads, dropout)
        self.gpt.requires_grad_(not frozen)
        self.classifier = nn.Linear(in_channels, len(tokenizer))

    def init_weights(self) -> None:
        """Loads the weights of ``pretrained``.

        Raises:
            OSError: If they are neither on disk nor to be downloaded.
            ValueError: If they are of another size, or for another vocabulary.
        """
        if self.pretrained is not None:
            self.gpt.load_pretrained(self.pretrained)

    def train(self, mode: bool = True) -> GPT2CaptionHead:
        """Sets the mode of all parts but a frozen GPT-2, which stays in eval mode."""
        super().train(mode)
        if self.frozen:
            self.gpt.eval()
        return self

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        # Keys and values of the prefix are those of all sentences of a pair.
        state = self.start(features, conditions).select(sentence_rows(ids))
        assert state.opening is not None
        words = self.gpt.embedding(ids.flatten(0, 1)[:, 1:])
        places, _ = self.gpt(torch.cat([state.opening, words], dim=1), state.layers)
        return self.classifier(places).unflatten(0, ids.shape[:2])

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> GPT2State:
        """The state before the first word: all of the prefix but its last vector has been read."""
        prefix = self._prefix(features, conditions)
        _, layers = self.gpt(prefix[:, :-1])
        return GPT2State(layers, opening=prefix[:, -1:])

    def step(self, tokens: Tensor, state: GPT2State) -> tuple[Tensor, GPT2State]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        words = state.opening
        if words is None:
            words = self.gpt.embedding(tokens).unsqueeze(1)
        places, layers = self.gpt(words, state.layers)
        return self.classifier(places.squeeze(1)), GPT2State(layers)

    def _prefix(self, features: DifferenceFeatures, conditions: Conditions | None) -> Tensor:
        """(B, N + prompts + 1, D) vectors before the first word.

        Raises:
            ValueError: If no change flag is told.
        """
        if conditions is None or conditions.flag is None:
            raise ValueError(
                "GPT2CaptionHead gets no change flag: set flag_head=dict(type='DatesFlagHead') "
                "of the captioner"
            )
        prompts = self.prompts.expand(len(features.tokens), -1, -1)
        told = self.flag(conditions.flag.long()).unsqueeze(1)
        return torch.cat([features.tokens, prompts, told], dim=1)
