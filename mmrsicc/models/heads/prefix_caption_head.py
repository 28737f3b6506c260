"""Heads that read the difference tokens as the beginning of the sentence."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead, sentence_rows
from mmrsicc.models.layers.causal import GPTLayer, MambaLayer, State
from mmrsicc.models.layers.transformer import sinusoidal_positions
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary


@dataclass
class PrefixState:
    """State between two steps, a row per sentence.

    Attributes:
        layers: Each layer's own state.
        length: Number of words so far.
    """

    layers: list[State]
    length: int = 0

    def select(self, rows: Tensor, pairs: Tensor | None = None) -> PrefixState:
        """The state of the sentences at ``rows`` (S',)."""
        return PrefixState([(a[rows], b[rows]) for a, b in self.layers], self.length)


@MODELS.register_module()
class PrefixCaptionHead(AutoregressiveHead):
    """RSCaMa's decoders without cross-attention (Liu et al. 2024): Mamba's or GPT-2's layers.

    The tokens come first, then the words with sinusoidal positions; each sees what is before it. In
    training the tokens are read once per sentence.

    Args:
        in_channels: Channels D of the difference tokens, and so of words and layers.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        layer: ``mamba`` or ``gpt``.
        num_layers: Number of layers.
        num_heads: Attention heads of GPT-2's.
        dropout: Dropout before the output layer, after the positions, and of GPT-2's layers.

    Raises:
        ValueError: If ``layer`` is neither.
    """

    positions: Tensor

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        layer: str = "mamba",
        num_layers: int = 1,
        num_heads: int = 12,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(tokenizer)
        if layer not in ("mamba", "gpt"):
            raise ValueError(f"layer must be 'mamba' or 'gpt', got {layer!r}")
        self.embedding = nn.Embedding(len(tokenizer), in_channels, padding_idx=tokenizer.pad_id)
        self.register_buffer("positions", sinusoidal_positions(512, in_channels), persistent=False)
        self.layers = nn.ModuleList(
            MambaLayer(in_channels)
            if layer == "mamba"
            else GPTLayer(in_channels, num_heads, dropout)
            for _ in range(num_layers)
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(in_channels, len(tokenizer))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.classifier.weight, -0.1, 0.1)
        nn.init.zeros_(self.classifier.bias)

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        words = self._embed(ids.flatten(0, 1), 0)
        x = torch.cat([features.tokens[sentence_rows(ids)], words], dim=1)
        for layer in self.layers:
            x = layer(x)
        said = x[:, -ids.shape[2] :]
        return self.classifier(self.dropout(said)).unflatten(0, ids.shape[:2])

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> PrefixState:
        """The state before the first word: the tokens have been read."""
        states = [layer.start(features.tokens) for layer in self.layers]  # type: ignore[operator]
        for token in features.tokens.unbind(1):
            _, states = self._advance(token, states)
        return PrefixState(states)

    def step(self, tokens: Tensor, state: PrefixState) -> tuple[Tensor, PrefixState]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        words = self._embed(tokens.unsqueeze(1), state.length).squeeze(1)
        said, layers = self._advance(words, state.layers)
        return self.classifier(self.dropout(said)), PrefixState(layers, state.length + 1)

    def _embed(self, ids: Tensor, first: int) -> Tensor:
        """(B, L, D) of (B, L) ids, the first of which is the word of that number."""
        last = first + ids.shape[1]
        if last > len(self.positions):
            raise ValueError(
                f"a sentence of {last} ids is longer than the {len(self.positions)} positions of "
                "the head: lower max_length"
            )
        return self.dropout(self.embedding(ids) + self.positions[first:last])

    def _advance(self, x: Tensor, states: list[State]) -> tuple[Tensor, list[State]]:
        """One place more, (B, D), through all layers."""
        after = []
        for layer, state in zip(self.layers, states, strict=True):
            x, state = layer.step(x, state)  # type: ignore[operator]
            after.append(state)
        return x, after
