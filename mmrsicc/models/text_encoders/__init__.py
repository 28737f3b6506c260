"""Frozen sentence encoders and their embedding cache."""

from mmrsicc.models.text_encoders.embedding_cache import TextEncoder, cached_embeddings
from mmrsicc.models.text_encoders.hashed_ngram_encoder import HashedNgramEncoder
from mmrsicc.models.text_encoders.sentence_transformer_encoder import SentenceTransformerEncoder

__all__ = [
    "HashedNgramEncoder",
    "SentenceTransformerEncoder",
    "TextEncoder",
    "cached_embeddings",
]
