"""The tokenizer that a checkpoint holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrsicc.tokenizers.byte_pairs import BytePairs
from mmrsicc.tokenizers.vocabulary import Vocabulary
from mmrsicc.utils.provenance import provenance_of


def kept_vocabulary(
    checkpoint: Mapping[str, Any], source: str | Path
) -> Vocabulary | BytePairs | None:
    """The vocabulary or byte pairs in a checkpoint's provenance; None if it holds none.

    It is made of words and names of special entries, or of merges alone: a file does not say what
    is built.

    Args:
        checkpoint: From :func:`mmrsicc.utils.checkpoint.read_checkpoint`.
        source: Its file, for messages.

    Raises:
        ValueError: If there is another tokenizer, or the words are no words.
    """
    kept = provenance_of(checkpoint).get("tokenizer")
    if kept is None:
        return None
    if isinstance(kept, Mapping) and kept.get("type") in ("BytePairs", BytePairs):
        return _kept_byte_pairs(kept, source)
    if not isinstance(kept, Mapping) or kept.get("type") not in ("Vocabulary", Vocabulary):
        named = kept.get("type") if isinstance(kept, Mapping) else kept
        raise ValueError(
            f"{source} asks for the tokenizer {named!r:.80}, but only a Vocabulary or BytePairs "
            "are taken from a file: train with one, or take a checkpoint that you trust"
        )
    words, specials = kept.get("words"), kept.get("specials")
    if unknown := sorted(map(str, kept.keys() - {"type", "words", "specials"})):
        raise ValueError(
            f"{source}: its vocabulary has {unknown[:3]}, but only words and specials are taken "
            "from a file: save the checkpoint again with mmrsicc"
        )
    if not (_are_words(words) and (specials is None or _are_specials(specials))):
        raise ValueError(
            f"{source}: its vocabulary is no list of words with names of special entries: get the "
            "file again"
        )
    try:
        return Vocabulary(words=words, specials=specials)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _kept_byte_pairs(kept: Mapping[str, Any], source: str | Path) -> BytePairs:
    merges = kept.get("merges")
    if kept.keys() - {"type", "merges"} or not _are_words(merges):
        raise ValueError(
            f"{source}: its byte pairs are no list of merges alone: get the file again"
        )
    try:
        return BytePairs(merges=merges)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _are_words(value: Any) -> bool:
    """Whether it lists words that do nothing to a terminal that they are printed on."""
    return isinstance(value, list | tuple) and all(
        isinstance(word, str) and not any(unicodedata.category(c) == "Cc" for c in word)
        for word in value
    )


def _are_specials(value: Any) -> bool:
    return isinstance(value, Mapping) and _are_words(list(value)) and _are_words([*value.values()])
