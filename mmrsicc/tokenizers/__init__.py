"""Tokenizers: sentences to ids and back."""

from mmrsicc.tokenizers.vocabulary import Vocabulary

__all__ = ["Vocabulary"]
