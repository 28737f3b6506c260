"""METEOR's tokenization of English text, what its option ``-norm`` does."""

import re
from collections.abc import Mapping

_SPACE = r" \t\n\x0b\f\r"
_LETTER = "A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ꙾-ꚗᴀ-ᵿ"

# Dots in a row are one token, and the rules for single full stops must not see them.
_HIDDEN_DOT = "\0"

# In order, each over the whole text.
_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (rf"([^0-9{_LETTER}{_SPACE}.'`,\-\u2018\u2019])", r" \1 "),
        (r"\.{2,}", lambda dots: f" {_HIDDEN_DOT * len(dots[0])} "),
        # Commas, but not those within numbers.
        (r"([^0-9]),([^0-9])", r"\1 , \2"),
        (r"([0-9]),([^0-9])", r"\1 , \2"),
        (r"([^0-9]),([0-9])", r"\1 , \2"),
        ("[`\u2018\u2019]", "'"),
        ("[“”]|''", ' " '),
        ("\u2013|--", "-"),
        # Contractions: it 's, rock 'n 'roll.
        (rf"([^{_LETTER}])'([^{_LETTER}])", r"\1 ' \2"),
        (rf"([^{_LETTER}0-9])'([{_LETTER}])", r"\1 ' \2"),
        (rf"([{_LETTER}])'([^{_LETTER}])", r"\1 ' \2"),
        (rf"([{_LETTER}])'([{_LETTER}])", r"\1 '\2"),
        (r"([0-9])'s", r"\1 's"),
        # A hyphen splits a word.
        (rf"([0-9{_LETTER}.])-([0-9{_LETTER}])", r"\1 \2"),
    )
]


def normalized_words(text: str, prefixes: Mapping[str, bool]) -> list[str]:
    """Cut a text into lower-case words and punctuation marks, as METEOR does.

    Args:
        text: English text.
        prefixes: Abbreviations that keep their full stop, and whether only before a number; see
            :class:`mmrsicc.evaluation.scores.meteor15.files.Tables`.
    """
    text = f" {text} "
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    words = re.split(f"[{_SPACE}]+", text.strip(" \t\n\x0b\f\r"))
    parted = [
        part
        for word, following in zip(words, [*words[1:], ""], strict=True)
        for part in _part_full_stop(word, following, prefixes)
    ]
    return [word.replace(_HIDDEN_DOT, ".").lower() for word in parted if word]


def _part_full_stop(word: str, following: str, prefixes: Mapping[str, bool]) -> list[str]:
    """The word without the full stop that ends a sentence, and that full stop."""
    stem = word[:-1]
    if not word.endswith(".") or not stem:
        return [word]
    if "." in stem and re.search(f"[{_LETTER}]", stem):
        return [word.replace(".", "")]  # U.S. becomes US
    only_before_number = prefixes.get(stem)
    if (
        only_before_number is False
        or re.match("[a-z]", following)
        or (only_before_number and re.match("[0-9]", following))
    ):
        return [word]
    return [stem, "."]
