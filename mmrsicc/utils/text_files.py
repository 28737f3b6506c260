"""Text and JSON files in any Unicode encoding; errors name the place."""

import codecs
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Encodings by the byte order mark that a file begins with; UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_FIX = "save the file as UTF-8, in Excel as 'CSV UTF-8'"


def read_text(path: str | os.PathLike[str]) -> str:
    """Text of a file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is in another encoding, or no text; names the line.
    """
    raw = Path(path).read_bytes()
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    if encoding.startswith("utf-8") and b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: a zero byte: it is UTF-16 without its mark, or no text: {_FIX}"
        )
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{raw[error.start]:02x} is not {encoding[:6].upper()}: "
            f"{_FIX}, or with `iconv -f CP1252 -t UTF-8`"
        ) from error


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Object of a JSON file; a hook for ``json.loads``, which keeps the last of equal keys.

    Raises:
        ValueError: If a key comes twice.
    """
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} comes twice in the object {pairs!r:.80}")
    return content


def parse_json(
    text: str, where: str, hook: Callable[[list[tuple[str, Any]]], Any] = unique_keys
) -> Any:
    """Content of a JSON text.

    Args:
        text: The text.
        where: File and place, for messages.
        hook: Makes an object of its keys and values.

    Raises:
        ValueError: If it is not JSON, or an object in it has a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=hook)
    except RecursionError as error:
        raise ValueError(f"{where}: JSON nested too deeply: write it again") from error
    except ValueError as error:
        raise ValueError(
            f"{where}: not valid JSON ({error}): correct that place, or write it again"
        ) from error


def read_json(path: str | os.PathLike[str]) -> Any:
    """Content of a JSON file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON, an object in it has a key twice, or its encoding is unknown.
    """
    return parse_json(read_text(path), str(path))
