"""Words of many sentences side by side, without padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class PackedWords:
    """Places of the T words of all sentences of B pairs.

    Layers compute the words (T, D) alone. Only attention needs rows: one per pair, its sentences
    one after the other.

    Attributes:
        places: (T,) places of the words in a padded batch of sentences, (B, M, L).
        row_places: (T,) places of the same words in the rows, (B, W).
        sentences: (B, W) numbers of the sentences that the places of the rows belong to, -1 behind
            the last.
    """

    places: Tensor
    row_places: Tensor
    sentences: Tensor

    @classmethod
    def of_lengths(cls, lengths: Sequence[Sequence[int]], longest: int) -> PackedWords:
        """Packs the sentences of each pair, of given lengths, out of (B, M, longest) words."""
        most = max(map(len, lengths))
        sentences = np.full((len(lengths), max(map(sum, lengths))), -1)
        places = []
        for b, own in enumerate(lengths):
            sentences[b, : sum(own)] = np.repeat(np.arange(len(own)), own)
            starts = (b * most + np.arange(len(own))) * longest
            places += [start + np.arange(n) for start, n in zip(starts, own, strict=True)]
        return cls(
            torch.from_numpy(np.concatenate(places)),
            torch.from_numpy(np.flatnonzero(sentences >= 0)),
            torch.from_numpy(sentences),
        )

    def to(self, device: torch.device) -> PackedWords:
        """The packed words on a device."""
        tensors = (self.places, self.row_places, self.sentences)
        return PackedWords(*(tensor.to(device, non_blocking=True) for tensor in tensors))

    def pack(self, batch: Tensor) -> Tensor:
        """(T, ...) words out of a padded batch (B, M, L, ...)."""
        return batch.flatten(0, 2)[self.places]

    def rows(self, words: Tensor) -> Tensor:
        """(B, W, D) rows of (T, D) words, zero where there is none."""
        shape = self.sentences.shape
        rows = words.new_zeros(shape.numel(), words.shape[-1])
        return rows.index_copy(0, self.row_places, words).unflatten(0, shape)

    def words(self, rows: Tensor) -> Tensor:
        """(T, D) words out of (B, W, D) rows."""
        return rows.flatten(0, 1)[self.row_places]

    def seen(self) -> Tensor:
        """(B, 1, W, W) bool, the words that each word sees: itself and those before it."""
        own = self.sentences
        return (own.unsqueeze(2) == own.unsqueeze(1)).tril().unsqueeze(1)
