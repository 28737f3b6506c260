"""A sentence encoder without a model: hashed word n-grams."""

from itertools import pairwise
from zlib import crc32

import numpy as np

from mmrsicc.registry import MODELS


@MODELS.register_module()
class HashedNgramEncoder:
    """Counts of words and word pairs, hashed into a vector of fixed size (the hashing trick).

    It knows spelling, not meaning: the lexical control beside a learned encoder, and quick enough
    for tests.

    Args:
        embed_dims: Dimensions of the embeddings.
    """

    def __init__(self, embed_dims: int = 256) -> None:
        self.embed_dims = embed_dims

    @property
    def name(self) -> str:
        """What tells this encoder's embeddings from another's; part of a file name."""
        return f"hashed-ngram-{self.embed_dims}"

    def encode(self, sentences: list[str]) -> np.ndarray:
        """(N, embed_dims) float32 embeddings of length 1; zeros for an empty sentence."""
        counts = np.zeros((len(sentences), self.embed_dims), dtype=np.float32)
        for row, sentence in enumerate(sentences):
            words = sentence.split()
            for ngram in [*words, *map(" ".join, pairwise(words))]:
                counts[row, crc32(ngram.encode()) % self.embed_dims] += 1
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / np.maximum(lengths, 1e-12)
