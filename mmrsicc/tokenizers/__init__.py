"""Tokenizers: sentences to ids and back."""

from mmrsicc.tokenizers.byte_pairs import BytePairs
from mmrsicc.tokenizers.vocabulary import Vocabulary

__all__ = ["BytePairs", "Vocabulary"]
