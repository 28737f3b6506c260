"""DFM's transformer head."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead, SentenceBatch
from mmrsicc.models.layers import (
    CachedAttention,
    KeysValues,
    TransformerDecoderLayer,
    sinusoidal_positions,
)
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary


@dataclass
class TransformerState:
    """State of a transformer head between two steps.

    Attributes:
        memory: Per layer, keys and values of the difference tokens, (B, heads, N, d), once per
            pair however many sentences it has.
        past: Per layer, keys and values of the words so far, (S, heads, L, d), a row per sentence,
            pair by pair; None at the start.
        length: Number of words so far, L.
    """

    memory: list[KeysValues]
    past: list[KeysValues | None]
    length: int = 0

    def select(self, rows: Tensor, pairs: Tensor | None = None) -> TransformerState:
        """The state of the sentences at ``rows`` (S',), of the pairs at ``pairs`` (B',), or all."""
        memory = self.memory
        if pairs is not None:
            memory = [(keys[pairs], values[pairs]) for keys, values in memory]
        past = [None if kv is None else (kv[0][rows], kv[1][rows]) for kv in self.past]
        return TransformerState(memory, past, self.length)


class TransformerHead(AutoregressiveHead):
    """Base of transformer heads over the difference tokens.

    A head defines how words enter (:meth:`embed`), how logits leave (:meth:`classify`) and, if its
    layers do not all attend to the same tokens, :meth:`memories`.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        embedding: Vectors of the words; their width D is the decoder's.
        layers: Decoder layers (see :mod:`mmrsicc.models.layers.transformer`).
        flag_condition: Whether the head attends to one more token, a learned vector of the change
            flag that it is told (``Conditions.flag``).
    """

    positions: Tensor

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        embedding: nn.Embedding,
        layers: Iterable[nn.Module],
        flag_condition: bool = False,
    ) -> None:
        super().__init__(tokenizer)
        dims = embedding.embedding_dim
        self.memory_projection = (
            nn.Identity() if in_channels == dims else nn.Linear(in_channels, dims)
        )
        self.embedding = embedding
        self.register_buffer("positions", sinusoidal_positions(512, dims), persistent=False)
        self.layers = nn.ModuleList(layers)
        self.classifier = nn.Linear(dims, len(tokenizer))
        self.flag = nn.Embedding(2, dims) if flag_condition else None
        self.reads_flag = flag_condition

    def embed(self, ids: Tensor, positions: Tensor) -> Tensor:
        """(..., L, D) of (..., L) ids at places with the vectors ``positions`` (L, D)."""
        raise NotImplementedError

    def classify(self, x: Tensor) -> Tensor:
        """(B, L, V) logits of the last layer's outputs (B, L, D)."""
        raise NotImplementedError

    def memories(self, features: DifferenceFeatures) -> list[Tensor]:
        """Memory of each layer, (B, N, D): the same for all by default."""
        return [self.memory_projection(features.tokens)] * len(self.layers)

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        logits, _ = self._advance(ids.flatten(0, 1), self.start(features, conditions))
        return logits.unflatten(0, ids.shape[:2])

    def predict(
        self,
        features: DifferenceFeatures,
        sentences: SentenceBatch,
        conditions: Conditions | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits (T, V) and targets (T,) of the words alone: padding is not computed."""
        packed = sentences.packed
        if packed is None:
            return super().predict(features, sentences, conditions)
        inputs = sentences.ids[..., :-1]
        length = inputs.shape[-1]
        self._check_length(length)
        x = self.embed(packed.pack(inputs), self.positions[packed.places % length])
        state = self.start(features, conditions)
        for layer, memory in zip(self.layers, state.memory, strict=True):
            x, _ = layer(x, memory, packed=packed)
        return self.classify(x), packed.pack(sentences.targets)

    @torch.no_grad()
    def word_attention(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """Attention of each next word to the memory, given (B, L) ids from the start on.

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
            self(features, ids.unsqueeze(1), conditions)
        finally:
            for hook in hooks:
                hook.remove()
        return torch.stack(found, dim=1)

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> TransformerState:
        """The state before the first word: the memory is projected here, once per pair.

        Raises:
            ValueError: If the head is to be told a change flag and is not.
        """
        memories = self.memories(features)
        if self.flag is not None:
            told = self._flag_token(conditions)
            memories = [torch.cat([memory, told.to(memory)], dim=1) for memory in memories]
        return TransformerState(
            memory=[
                layer.memory_keys_values(memory)  # type: ignore[operator]
                for layer, memory in zip(self.layers, memories, strict=True)
            ],
            past=[None] * len(self.layers),
        )

    def _flag_token(self, conditions: Conditions | None) -> Tensor:
        """(B, 1, D) vectors of the change flags."""
        if conditions is None or conditions.flag is None:
            raise ValueError(
                f"{type(self).__name__} is built with flag_condition but gets no change flag: "
                "set flag_head=dict(type='FlagHead') of the captioner"
            )
        assert self.flag is not None
        return self.flag(conditions.flag.long()).unsqueeze(1)

    def step(self, tokens: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        logits, state = self._advance(tokens.unsqueeze(1), state)
        return logits.squeeze(1), state

    def _check_length(self, length: int) -> None:
        if length > len(self.positions):
            raise ValueError(
                f"a sentence of {length} ids is longer than the {len(self.positions)} positions "
                "of the head: lower max_length"
            )

    def _advance(self, ids: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        length = state.length + ids.shape[1]
        self._check_length(length)
        x = self.embed(ids, self.positions[state.length : length])
        past: list[KeysValues | None] = []
        for layer, memory, kept in zip(self.layers, state.memory, state.past, strict=True):
            x, keys_values = layer(x, memory, kept)
            past.append(keys_values)
        return self.classify(x), TransformerState(state.memory, past, length)


@MODELS.register_module()
class TransformerCaptionHead(TransformerHead):
    """Pre-norm transformer decoder over the difference tokens.

    One layer of width 512 with 8 heads by default; scaled embeddings with sinusoidal positions; the
    output layer is a plain linear map after a last normalisation. What published captioners have
    instead is :class:`ClassicCaptionHead`.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of the decoder.
        num_layers: Number of decoder layers.
        num_heads: Attention heads per layer.
        ffn_dims: Hidden channels of the feed-forward part; 4 D if None.
        dropout: Dropout probability.
        flag_condition: See :class:`TransformerHead`.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int = 512,
        num_layers: int = 1,
        num_heads: int = 8,
        ffn_dims: int | None = None,
        dropout: float = 0.1,
        flag_condition: bool = False,
    ) -> None:
        embedding = nn.Embedding(len(tokenizer), dims, padding_idx=tokenizer.pad_id)
        nn.init.normal_(embedding.weight, std=dims**-0.5)
        layers = [
            TransformerDecoderLayer(dims, num_heads, ffn_dims or 4 * dims, dropout)
            for _ in range(num_layers)
        ]
        super().__init__(in_channels, tokenizer, embedding, layers, flag_condition)
        self.scale = dims**0.5
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(dims)

    def embed(self, ids: Tensor, positions: Tensor) -> Tensor:
        """(B, L, D) of (B, L) ids at places with the vectors ``positions`` (L, D)."""
        return self.dropout(self.embedding(ids) * self.scale + positions)

    def classify(self, x: Tensor) -> Tensor:
        """(B, L, V) logits of the last layer's outputs (B, L, D)."""
        return self.classifier(self.norm(x))
