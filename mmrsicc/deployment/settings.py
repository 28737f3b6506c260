"""The file of settings beside an exported model's graphs: its name, its format and its checks."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path
from typing import Any

from mmrsicc.utils.text_files import read_json

SETTINGS_FILE = "model.json"

#: Format version: raise it when older folders can no longer be read.
FORMAT = 1

#: Limits: settings beyond them are damaged or hostile.
_MOST_PIXELS, _MOST_WORDS, _MOST_BANDS = 16384, 10_000, 512


def read_settings(folder: Path) -> dict[str, Any]:
    """The settings of an exported model, checked.

    Raises:
        FileNotFoundError: If the folder holds no complete model.
        ValueError: If they are of another format, or are no settings.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"no {path}: {folder} holds no exported model, or its export was cut short. Write it "
            "with mmrsicc export"
        )
    settings = read_json(path)
    found = settings.get("format") if isinstance(settings, dict) else None
    if found != FORMAT:
        raise ValueError(
            f"{path} has format {found!r:.80}, this version of mmrsicc reads {FORMAT}: export the "
            "model again"
        )
    if wrong := _wrong(settings):
        raise ValueError(
            f"{path}: {wrong} is {settings.get(wrong)!r:.80}, which no export writes: export the "
            "model again"
        )
    return settings


def _wrong(settings: dict[str, Any]) -> str | None:
    """The first setting that is none."""
    words, size = settings.get("words"), settings.get("size")
    if not isinstance(words, list) or not words or not all(map(_is_word, words)):
        return "words"
    if not isinstance(size, list) or len(size) != 2:
        return "size"
    if not all(_is_whole(side, 1, _MOST_PIXELS) for side in size):
        return "size"
    bands = settings.get("bands", [3, 3])
    if not isinstance(bands, list) or len(bands) != 2:
        return "bands"
    if not all(_is_whole(count, 1, _MOST_BANDS) for count in bands):
        return "bands"
    special = settings.get("special_ids")
    if not isinstance(special, list) or not all(_is_whole(i, 0, len(words) - 1) for i in special):
        return "special_ids"
    for name in ("start_id", "end_id"):
        if not _is_whole(settings.get(name), 0, len(words) - 1):
            return name
    if not _is_whole(settings.get("max_length"), 1, _MOST_WORDS):
        return "max_length"
    penalty = settings.get("length_penalty")
    if not isinstance(penalty, int | float) or not math.isfinite(penalty):
        return "length_penalty"
    return None


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_word(value: Any) -> bool:
    """Whether it is text that does nothing to a terminal that it is printed on."""
    return isinstance(value, str) and not any(unicodedata.category(c) == "Cc" for c in value)
