"""Autoregressive transformer head with cached incremental decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from mmrsicc.models.layers import (
    CachedAttention,
    KeysValues,
    TransformerDecoderLayer,
    sinusoidal_positions,
)
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
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


@MODELS.register_module()
class TransformerCaptionHead(nn.Module):
    """Transformer decoder over the difference tokens, as the open baselines use it.

    One pre-norm layer of width 512 with 8 heads by default; sinusoidal positions; the output
    layer is a plain linear map.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of the decoder.
        num_layers: Number of decoder layers.
        num_heads: Attention heads per layer.
        ffn_dims: Hidden channels of the feed-forward part; 4 D if None.
        dropout: Dropout probability.
        max_length: Most ids of a training sentence, start and end included; longer ones are cut.
    """

    positions: Tensor

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int = 512,
        num_layers: int = 1,
        num_heads: int = 8,
        ffn_dims: int | None = None,
        dropout: float = 0.1,
        max_length: int = 42,
    ) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.scale = dims**0.5
        self.memory_projection = (
            nn.Identity() if in_channels == dims else nn.Linear(in_channels, dims)
        )
        self.embedding = nn.Embedding(len(tokenizer), dims, padding_idx=tokenizer.pad_id)
        nn.init.normal_(self.embedding.weight, std=dims**-0.5)
        self.register_buffer("positions", sinusoidal_positions(512, dims), persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            TransformerDecoderLayer(dims, num_heads, ffn_dims or 4 * dims, dropout)
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dims)
        self.classifier = nn.Linear(dims, len(tokenizer))

    def loss(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Cross-entropy per word, averaged over all words of all processes.

        Returns:
            ``loss_caption``, and ``word_accuracy`` with the true prefix given, in percent.
        """
        ids = self._encode([sample.caption for sample in samples], difference.tokens.device)
        logits = self(difference, ids[:, :-1])
        targets = ids[:, 1:]
        words = targets != self.tokenizer.pad_id
        total = F.cross_entropy(
            logits.flatten(0, 1).float(),
            targets.flatten(),
            ignore_index=self.tokenizer.pad_id,
            reduction="sum",
        )
        # Processes draw sentences of different lengths: dividing by the mean count makes the
        # averaged gradient equal that of one process over all sentences.
        count = words.sum().float()
        all_reduce(count)
        correct = ((logits.argmax(-1) == targets) & words).sum()
        return {
            "loss_caption": total / (count / get_world_size()),
            "word_accuracy": 100.0 * correct / words.sum(),
        }

    def forward(self, difference: DifferenceFeatures, ids: Tensor) -> Tensor:
        """(B, L, V) logits of each next word, given (B, L) ids from the start on."""
        state = self.start(difference)
        logits, _ = self._advance(ids, state)
        return logits

    @torch.no_grad()
    def word_attention(self, difference: DifferenceFeatures, ids: Tensor) -> Tensor:
        """Where each next word comes from, given (B, L) ids from the start on.

        Returns:
            (B, layers, L, N) weights over the difference tokens, the mean over the heads. Row i is
            that of the word after ``ids[:, i]``; each row sums to 1 (in training mode dropout
            disturbs them, as it does all else).
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
        memory = self.memory_projection(difference.tokens)
        return TransformerState(
            memory=[layer.memory_keys_values(memory) for layer in self.layers],  # type: ignore[operator]
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
        x = self.embedding(ids) * self.scale + self.positions[state.length : length]
        x = self.dropout(x)
        past: list[KeysValues | None] = []
        for layer, memory, kept in zip(self.layers, state.memory, state.past, strict=True):
            x, keys_values = layer(x, memory, kept)
            past.append(keys_values)
        return self.classifier(self.norm(x)), TransformerState(state.memory, past, length)

    def _encode(self, sentences: list[str], device: torch.device) -> Tensor:
        rows = [torch.tensor(self._cut(self.tokenizer.encode(s))) for s in sentences]
        padded = pad_sequence(rows, batch_first=True, padding_value=self.tokenizer.pad_id)
        return padded.to(device)

    def _cut(self, ids: list[int]) -> list[int]:
        if len(ids) <= self.max_length:
            return ids
        return [*ids[: self.max_length - 1], self.tokenizer.end_id]
