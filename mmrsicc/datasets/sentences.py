"""Sentences in files: their words, and text that is refused."""

import re
import unicodedata
from typing import Any

#: Texts that programs write for an empty cell or value.
_EMPTY = frozenset(
    {"nan", "null", "none", "nil", "n/a", "na", "#n/a", "<na>", "nat", "undefined", "#value!"}
)

#: Special tokens of tokenizers.
_MARK = re.compile(
    r"<(?:start|end|pad|null|sos|bos|eos|/?s)>|\[(?:cls|sep|pad)\]|<\|endoftext\|>"
    r"|\b(?:startseq|endseq)\b",
    re.IGNORECASE,
)

#: A whole sentence in quotation marks, or the text of a list of sentences.
_QUOTED = re.compile(r"""\[.*\]|\[?(["']).*\1\]?|\(["'].*["'],?\)|\u201c.*\u201d""")

#: Invisible characters: zero-width space, byte order mark, soft hyphen.
_UNSEEN = str.maketrans("", "", "\u200b\ufeff\u00ad")

#: Characters that result from a wrong decoding, control characters but white space among them.
_UNDECODED = re.compile("[\ufffd\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x9f]")


def check_sentence(text: Any) -> str:
    """Sentence without invisible characters, in composed Unicode form.

    It may be empty: whether that is allowed is for the caller to know.

    Raises:
        ValueError: If it is no text, or no sentence: a word for an empty value such as "nan", a
            token such as "<start>" in it, in quotation marks, or decoded wrongly.
    """
    if not isinstance(text, str):
        shown = "null" if text is None else f"{text!r:.60}"
        raise ValueError(f"{shown} is no sentence: write it as text, or remove it")
    bare = unicodedata.normalize("NFC", text.translate(_UNSEEN)).strip()
    if bare.lower() in _EMPTY:
        raise ValueError(
            f'"{bare}" is what programs write for an empty value: write the sentence, or remove it'
        )
    if found := _UNDECODED.search(bare):
        raise ValueError(
            f"U+{ord(found[0]):04X} in {bare!r:.60} comes of a wrong encoding: write the file "
            "again as UTF-8"
        )
    if found := _MARK.search(bare):
        raise ValueError(f'"{found[0]}" in {bare!r:.60} is a token and no word: remove such tokens')
    if _QUOTED.fullmatch(bare):
        raise ValueError(f"{bare!r:.60} stands in quotes or brackets: remove them")
    return bare


def as_raw(caption: str) -> str:
    """Text that :func:`sentence_words` reads as the words of a caption, final full stops included.

    Args:
        caption: Words with one space between them.
    """
    return f"{caption} ." if caption.endswith(".") else caption


def sentence_words(text: Any) -> list[str]:
    """Words of a sentence, in lower case and without the final full stop.

    Raises:
        ValueError: As :func:`check_sentence`.
    """
    bare = check_sentence(text)
    if bare.endswith("."):  # Behind "None." stands the same.
        bare = check_sentence(bare.removesuffix("."))
    return bare.lower().split()
