"""Vocabularies as the authors' repositories ship them."""

from pathlib import Path

from mmrsicc.tokenizers.vocabulary import PRESETS, Vocabulary
from mmrsicc.utils.text_files import read_json


def read_vocabulary(path: str | Path) -> Vocabulary:
    """The vocabulary in a JSON file of ids by word, with its special entries at any place.

    Args:
        path: Such as RSICCformer's ``WORDMAP_*.json`` or Chg2Cap's ``vocab.json``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is none, its ids are not 0, 1, 2, ..., or it lacks special entries.
    """
    ids = read_json(path)
    if not isinstance(ids, dict) or not all(type(i) is int for i in ids.values()):
        raise ValueError(f'{path} must hold ids by word: {{"<pad>": 0, "house": 1, ...}}')
    words = sorted(ids, key=lambda word: ids[word])
    if [ids[word] for word in words] != list(range(len(words))):
        raise ValueError(
            f"{path} has {len(words)} words, but their ids are not 0 to {len(words) - 1}, each "
            "once: copy it again"
        )
    known = [preset.specials for preset in PRESETS.values()]
    specials = next((names for names in known if set(names.values()) <= ids.keys()), None)
    if specials is None:
        choices = " or ".join(sorted({", ".join(names.values()) for names in known}))
        raise ValueError(f"{path} lacks special entries: it needs {choices}")
    try:
        return Vocabulary(words=words, specials=specials)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
