"""What all transformer heads share: words decoded one by one over cached keys and values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead
from mmrsicc.models.layers import CachedAttention, KeysValues, sinusoidal_positions
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary


@dataclass
class TransformerState:
    """What a transformer head keeps between two steps, one row per sentence.

    Attributes:
        memory: Per layer, keys and values of the difference tokens, (B, heads, N, d).
        past: Per layer, keys and values of the words so far, (B, heads, L, d); None at the start.
        length: Number of words so far, L.
    """

    memory: list[KeysValues]
    past: list[KeysValues | None]
    length: int = 0

    def select(self, indices: Tensor) -> TransformerState:
        """The state of the sentences at ``indices`` (B',): beams reordered, or rows dropped."""
        return TransformerState(
            memory=[(k[indices], v[indices]) for k, v in self.memory],
            past=[None if kv is None else (kv[0][indices], kv[1][indices]) for kv in self.past],
            length=self.length,
        )


class TransformerHead(AutoregressiveHead):
    """Base of transformer heads over the difference tokens.

    A head defines how words enter (:meth:`embed`), how logits leave (:meth:`classify`) and, if its
    layers do not all attend to the same tokens, :meth:`memories`.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        embedding: Vectors of the words; their width D is the decoder's.
        layers: Decoder layers (see :mod:`mmrsicc.models.layers.decoder_layer`).
        max_length: Most ids of a training sentence, start and end included; longer ones are cut.
    """

    positions: Tensor

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        embedding: nn.Embedding,
        layers: Iterable[nn.Module],
        max_length: int,
    ) -> None:
        super().__init__(tokenizer, max_length)
        dims = embedding.embedding_dim
        self.memory_projection = (
            nn.Identity() if in_channels == dims else nn.Linear(in_channels, dims)
        )
        self.embedding = embedding
        self.register_buffer("positions", sinusoidal_positions(512, dims), persistent=False)
        self.layers = nn.ModuleList(layers)
        self.classifier = nn.Linear(dims, len(tokenizer))

    def embed(self, ids: Tensor, positions: Tensor) -> Tensor:
        """(B, L, D) of (B, L) ids at places with the vectors ``positions`` (L, D)."""
        raise NotImplementedError

    def classify(self, x: Tensor) -> Tensor:
        """(B, L, V) logits of what the last layer says, (B, L, D)."""
        raise NotImplementedError

    def memories(self, difference: DifferenceFeatures) -> list[Tensor]:
        """What each layer attends to, (B, N, D): the same for all by default."""
        return [self.memory_projection(difference.tokens)] * len(self.layers)

    def forward(self, difference: DifferenceFeatures, ids: Tensor) -> Tensor:
        """(B, L, V) logits of each next word, given (B, L) ids from the start on."""
        state = self.start(difference)
        logits, _ = self._advance(ids, state)
        return logits

    @torch.no_grad()
    def word_attention(self, difference: DifferenceFeatures, ids: Tensor) -> Tensor:
        """Where each next word comes from, given (B, L) ids from the start on.

        Returns:
            (B, layers, L, N) weights over the tokens that each layer attends to, the mean over the
            heads. Row i is that of the word after ``ids[:, i]``; each row sums to 1 (in training
            mode dropout disturbs them, as it does all else).
        """
        found: list[Tensor] = []

        def record(attention: CachedAttention, arguments: tuple[Tensor, KeysValues]) -> None:
            found.append(attention.weights(*arguments).mean(dim=1))

        hooks = [
            layer.memory_attention.register_forward_pre_hook(record)  # type: ignore[union-attr]
            for layer in self.layers
        ]
        try:
            self(difference, ids)
        finally:
            for hook in hooks:
                hook.remove()
        return torch.stack(found, dim=1)

    def start(self, difference: DifferenceFeatures) -> TransformerState:
        """The state before the first word: the memory is projected here, once."""
        memories = self.memories(difference)
        return TransformerState(
            memory=[
                layer.memory_keys_values(memory)  # type: ignore[operator]
                for layer, memory in zip(self.layers, memories, strict=True)
            ],
            past=[None] * len(self.layers),
        )

    def step(self, tokens: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        logits, state = self._advance(tokens.unsqueeze(1), state)
        return logits.squeeze(1), state

    def _advance(self, ids: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        length = state.length + ids.shape[1]
        if length > len(self.positions):
            raise ValueError(
                f"a sentence of {length} ids is longer than the {len(self.positions)} positions "
                "of the head: lower max_length"
            )
        x = self.embed(ids, self.positions[state.length : length])
        past: list[KeysValues | None] = []
        for layer, memory, kept in zip(self.layers, state.memory, state.past, strict=True):
            x, keys_values = layer(x, memory, kept)
            past.append(keys_values)
        return self.classify(x), TransformerState(state.memory, past, length)
