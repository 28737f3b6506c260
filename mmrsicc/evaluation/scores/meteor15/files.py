"""METEOR's English tables, read from the program that pycocoevalcap brings."""

import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path


@dataclass(frozen=True)
class Tables:
    """The small tables, all from within the jar.

    Attributes:
        function_words: Words that carry little content.
        prefixes: Abbreviations that keep their full stop, and whether only before a number.
        synsets: WordNet's sets of synonyms by word, as numbers in a string, lower case.
        bases: Base forms of WordNet's irregular forms.
    """

    function_words: frozenset[str]
    prefixes: dict[str, bool]
    synsets: dict[str, str]
    bases: dict[str, list[str]]


@cache
def read_tables() -> Tables:
    """The tables of METEOR 1.5 for English, read once a process.

    Raises:
        RuntimeError: pycocoevalcap, or the jar in it, is missing.
    """
    with zipfile.ZipFile(meteor_file("meteor-1.5.jar")) as jar:

        def lines(name: str) -> list[str]:
            return jar.read(name).decode("utf-8").split("\n")

        exceptions = lines("synonym/english.exceptions")
        synsets = lines("synonym/english.synsets")
        return Tables(
            function_words=frozenset(chain(*map(str.split, lines("function/english.words")))),
            prefixes=_prefixes(lines("nonbreaking/english.prefixes")),
            synsets=dict(zip(synsets[::2], synsets[1::2], strict=False)),
            bases=_bases(exceptions[::2], exceptions[1::2]),
        )


def meteor_file(name: str) -> Path:
    """Path of a file in pycocoevalcap's METEOR folder; importing that package is not needed.

    Raises:
        RuntimeError: It is not there.
    """
    spec = find_spec("pycocoevalcap")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder, "meteor", name)
        if path.is_file():
            return path
    raise RuntimeError(
        f"METEOR needs the file meteor/{name} of the package pycocoevalcap, and it is not there: "
        "run `pip install 'mmrsicc[metrics]'`, or leave METEOR out of `scorers`"
    )


def _prefixes(lines: list[str]) -> dict[str, bool]:
    entries = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {entry[0]: "#NUMERIC_ONLY#" in entry for entry in entries}


def _bases(bases: list[str], forms: list[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for base, line in zip(bases, forms, strict=False):
        for form in line.split():
            table.setdefault(form, []).append(base)
    return table
