"""Names of files in which an accented letter is one character or two.

Systems write "é" as one character (NFC) or as a letter and its accent (NFD, as macOS does). Both
look alike, and to other systems they are two names.
"""

import unicodedata
from pathlib import Path


def composed(name: str) -> str:
    """A name with each accented letter as one character (NFC), for comparing names."""
    return unicodedata.normalize("NFC", name)


def spellings(name: str) -> tuple[str, ...]:
    """The ways in which systems write a name: one, or two if it has accents."""
    return tuple(dict.fromkeys(unicodedata.normalize(form, name) for form in ("NFC", "NFD")))


def on_disk(path: Path) -> Path:
    """A path as its file spells it; as given where no spelling exists."""
    if str(path).isascii() or _exists(path):
        return path
    folder = on_disk(path.parent)
    candidates = (folder / spelling for spelling in spellings(path.name))
    return next(filter(_exists, candidates), folder / path.name)


def one_line(name: str) -> str:
    """A name as a line of text can hold it: tabs, line feeds and the like become escapes."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in name
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # Such as a name that is too long.
        return False
