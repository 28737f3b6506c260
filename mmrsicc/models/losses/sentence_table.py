"""Frozen embeddings of all sentences that a training meets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.text_encoders import cached_embeddings


class SentenceTable(nn.Module):
    """Looks up frozen sentence embeddings; no part of a checkpoint."""

    embeddings: Tensor

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}
        self.register_buffer("embeddings", torch.empty(0), persistent=False)

    def fill(self, encoder: Any, sentences: Sequence[str], cache_dir: str | Path) -> None:
        """Embeds the sentences, or reads them from the cache."""
        embeddings = cached_embeddings(encoder, list(sentences), cache_dir)
        self._rows = {sentence: row for row, sentence in enumerate(sentences)}
        self.embeddings = torch.from_numpy(embeddings).to(self.embeddings.device)

    def rows(self, sentences: Sequence[str]) -> list[int]:
        """Rows of known sentences.

        Raises:
            KeyError: If a sentence was not given to :meth:`fill`.
        """
        try:
            return [self._rows[sentence] for sentence in sentences]
        except KeyError as error:
            raise KeyError(
                f"TGCL has no embedding of {error.args[0]!r}: add dict(type='TextEmbeddingHook') "
                "to custom_hooks, which encodes all sentences of the training set before training"
            ) from None

    def forward(self, sentences: Sequence[str]) -> Tensor:
        """(N, E) embeddings of known sentences, each of length 1."""
        return self.embeddings[self.rows(sentences)].float()

    def __len__(self) -> int:
        return len(self._rows)
