"""Names of splits: one for each of the usual three, and what else they are called."""

#: Other names of the three splits.
_OTHERS = {
    "training": "train",
    "validation": "val",
    "valid": "val",
    "dev": "val",
    "testing": "test",
}


def split_name(text: str) -> str:
    """A split's name in lower case, and ``train``, ``val`` or ``test`` for their other names."""
    name = text.strip().lower()
    return _OTHERS.get(name, name)


def names_of_split(text: str) -> list[str]:
    """All names that files may have for a split, in lower case."""
    name = split_name(text)
    return [name, *(other for other, usual in _OTHERS.items() if usual == name)]
