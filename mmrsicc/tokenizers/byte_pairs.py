"""GPT-2's tokenizer: pairs of bytes that were merged into pieces of words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from mmrsicc.registry import TOKENIZERS

#: GPT-2's separator of texts.
_BETWEEN = "<|endoftext|>"

#: Decimal points, and what stands for them, since a full stop ends a sentence.
_POINT, _DECIMAL = re.compile(r"(?<=\d)\.(?=\d)"), re.compile(r"(?<=\d)\u00b7(?=\d)")


@TOKENIZERS.register_module()
class BytePairs:
    """Byte pairs of GPT-2 (Radford et al. 2019) as PromptCC uses them.

    A sentence ends with a full stop, so none stands within one: a decimal point is a middle dot.
    Its first word has a space before it. The package tokenizers does the work; the merges say all
    that there is to know.

    Give either ``merges`` (what a checkpoint holds, see :meth:`to_dict`) or ``pretrained``.

    Args:
        merges: Pairs of pieces, "a b" each, in the order in which they were merged.
        pretrained: Hub name or folder of GPT-2's tokenizer.

    Raises:
        OSError: If ``pretrained`` is neither on disk nor to be downloaded.
        ValueError: If arguments do not go together, or the pairs do not build on each other.
    """

    def __init__(self, merges: Sequence[str] | None = None, pretrained: str | None = None) -> None:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers

        if (merges is None) == (pretrained is None):
            raise ValueError("byte pairs need either merges or pretrained, and not both")
        self.merges = _published(pretrained) if pretrained is not None else list(merges or ())
        pairs: list[tuple[str, str]] = [merge.partition(" ")[::2] for merge in self.merges]
        self.words = [*_alphabet(), *("".join(pair) for pair in pairs), _BETWEEN]
        ids = {word: i for i, word in enumerate(self.words)}
        if len(ids) < len(self.words) or any(not {*p} <= ids.keys() for p in pairs):
            raise ValueError(
                "the merges of byte pairs do not build on each other: take merges.txt of GPT-2's "
                "tokenizer, without its first line"
            )
        self._coder = Tokenizer(models.BPE(vocab=ids, merges=pairs))
        self._coder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self._coder.decoder = decoders.ByteLevel()
        self.start_id = self.pad_id = self.unk_id = ids[_BETWEEN]
        self.end_id = ids["."]

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentence: str, add_special: bool = True) -> list[int]:
        """Ids of a sentence's pieces.

        Args:
            sentence: Words joined by spaces.
            add_special: Put start before and end after them.
        """
        whole = _POINT.sub("\u00b7", sentence).replace(".", "")
        ids = self._coder.encode(f" {whole}").ids
        return [self.start_id, *ids, self.end_id] if add_special else ids

    def decode(self, ids: Iterable[int]) -> str:
        """Sentence of a sequence of ids, in lower case, up to the first end.

        Raises:
            ValueError: If an id is outside the vocabulary.
        """
        kept = []
        for i in map(int, ids):
            if i == self.end_id:
                break
            if not 0 <= i < len(self):
                raise ValueError(
                    f"id {i} is outside the {len(self)} byte pairs: the ids come from another "
                    "tokenizer, use the one in the checkpoint"
                )
            if i != self.start_id:
                kept.append(i)
        said = self._coder.decode(kept, skip_special_tokens=False).lower()
        return " ".join(_DECIMAL.sub(".", said).split())

    def to_dict(self) -> dict[str, Any]:
        """Config that builds this tokenizer again with no file on disk."""
        return {"type": "BytePairs", "merges": list(self.merges)}


def _published(name: str) -> list[str]:
    """Merges of a tokenizer by hub name or in a folder."""
    from transformers import AutoTokenizer

    backend = AutoTokenizer.from_pretrained(name, use_fast=True).backend_tokenizer
    model = json.loads(backend.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    words = [*_alphabet(), *(merge.replace(" ", "") for merge in merges), _BETWEEN]
    if sorted(model["vocab"], key=model["vocab"].get) != words:
        raise ValueError(f"{name} is no tokenizer with GPT-2's order of ids: give gpt2, or a copy")
    return merges


def _alphabet() -> list[str]:
    """A character for each byte, in GPT-2's order: those that can be seen come first."""
    seen = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1)]
    seen += range(ord("®"), ord("ÿ") + 1)
    others = [byte for byte in range(256) if byte not in seen]
    return [*map(chr, seen), *(chr(256 + n) for n in range(len(others)))]
