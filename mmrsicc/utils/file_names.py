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
    if str(path).isascii() or exists(path):
        return path
    folder = on_disk(path.parent)
    candidates = (folder / spelling for spelling in spellings(path.name))
    return next(filter(exists, candidates), folder / path.name)


def one_line(name: str) -> str:
    """A name as a line of text can hold it: tabs, line feeds and the like become escapes."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in name
    )


def check_utf8(name: str) -> None:
    """Refuses a name whose bytes are not UTF-8: it fits into no table, and GDAL does not take it.

    Raises:
        ValueError: It is one; says how to rename the file.
    """
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise ValueError(
            f"{name!a} is no name in UTF-8: rename the file "
            "(convmv -f latin1 -t utf8 --notest FILE)"
        )


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; of a name that is too long there is none."""
    try:
        return path.exists()
    except OSError:  # Such as a name that is too long.
        return False
