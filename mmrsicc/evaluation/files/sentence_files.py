"""Sentence files in the formats of this toolbox and of published captioners.

- ``*.jsonl``: a JSON object with ``id`` and ``caption`` on each line, as this toolbox writes.
- ``*.txt``: a sentence on each line, in the order of the split; or the name of the pair, a tab and
  the sentence, as ``mmrsicc caption`` prints.
- ``*.json``, a list of objects with ``image_id`` and ``caption``: the results form of MS COCO.
- ``*.json``, an object of sentences, or of lists with one sentence, by pair: what RSICCformer's
  family writes as ``*_res.json``, with running numbers for keys.
- a folder of ``NAME_cap.txt``, each with a line ``pred_caption: ...``: what MCI (Change-Agent),
  RSCaMa and others write.

Sentences are read as those of caption files are: in lower case, without a final full stop.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmrsicc.datasets.sentences import sentence_words
from mmrsicc.utils import text_files
from mmrsicc.utils.files import leaves_folder

_PREDICTED = "pred_caption:"


@dataclass(frozen=True)
class Sentence:
    """A predicted sentence as its file has it.

    Attributes:
        name: What the file calls the pair; None where the place in the file tells.
        caption: The sentence; as read from a file, words with one space between.
        where: File and place, for messages.
    """

    name: str | None
    caption: str
    where: str


def read_sentences(path: str | os.PathLike[str]) -> list[Sentence]:
    """All sentences of a file or folder, in its order.

    Raises:
        FileNotFoundError: No such file.
        ValueError: An unknown encoding or form, what is no sentence (see
            :func:`~mmrsicc.datasets.sentences.check_sentence`), or none at all; names file and
            place.
    """
    path = Path(path)
    if path.is_dir():
        sentences = list(_folder(path))
    elif path.suffix == ".jsonl":
        sentences = list(_json_lines(path))
    elif path.suffix == ".json":
        sentences = list(_json(path))
    elif path.suffix == ".txt":
        sentences = list(_text_lines(path))
    else:
        raise ValueError(
            f"{path}: predicted sentences come as *.jsonl, *.json, *.txt or a folder of *_cap.txt"
        )
    if not sentences:
        raise ValueError(f"{path} is empty: it holds no predicted sentence")
    return [_as_read(sentence) for sentence in sentences]


def _as_read(sentence: Sentence) -> Sentence:
    """The sentence in the words of caption files."""
    try:
        return replace(sentence, caption=" ".join(sentence_words(sentence.caption)))
    except ValueError as error:
        raise ValueError(f"{sentence.where}: {error}") from error


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        FileNotFoundError: No such file.
        ValueError: An unknown encoding; names the line.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} with predicted sentences")
    return text_files.read_text(path)


def parse_line(line: str, where: str) -> dict[str, Any]:
    """The object of one line of JSON lines, which must have ``id`` and ``caption``.

    Raises:
        ValueError: It is none, or lacks one of them.
    """
    fields = _object_of(line, where)
    if fields.get("caption") is None and fields.get("error"):
        raise ValueError(f"{where}: the pair has no sentence ({fields['error']}): caption it again")
    for key in ("id", "caption"):
        if not isinstance(fields.get(key), str):
            raise ValueError(f"{where}: there must be {key!r} with a string, got {line!r:.200}")
    if leaves_folder(fields["id"]):
        raise ValueError(
            f"{where}: id {fields['id']!r:.80} leads out of the folder of the images: give the "
            "pair's name in it"
        )
    return fields


def _object_of(line: str, where: str) -> dict[str, Any]:
    """The object of a line; an ``id`` that is a number becomes text."""
    fields = text_files.parse_json(line, where)
    if not isinstance(fields, dict):
        raise ValueError(
            f"{where}: there must be an object with 'id' and 'caption', got {line!r:.200}"
        )
    number = fields.get("id")
    whole = isinstance(number, int) and not isinstance(number, bool)
    return {**fields, "id": str(number)} if whole else fields


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of a file, each with its place for messages."""
    for number, line in enumerate(_lines(path), start=1):
        yield f"{path}, line {number}", line


def _lines(path: Path) -> list[str]:
    # Not splitlines(), which also splits at characters that may occur in a sentence.
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _text_lines(path: Path) -> Iterator[Sentence]:
    lines = _lines(path)
    named = [line.count("\t") == 1 for line in lines]
    if any("\t" in line for line in lines) and not all(named):
        raise ValueError(
            f"{path}, line {named.index(False) + 1} has {lines[named.index(False)].count(chr(9))} "
            "tabs, where others have one between name and sentence: write every line in one way"
        )
    for number, line in enumerate(lines, start=1):
        name, tab, caption = line.rpartition("\t")
        yield Sentence(name.strip() if tab else None, caption, f"{path}, line {number}")


def _json_lines(path: Path) -> Iterator[Sentence]:
    for where, line in numbered_lines(path):
        fields = _object_of(line, where)
        if fields.get("caption") is None and fields.get("error"):
            continue  # A pair that could not be captioned: it counts as one without a sentence.
        fields = parse_line(line, where)
        yield Sentence(fields["id"], fields["caption"], where)


def _json(path: Path) -> Iterator[Sentence]:
    # As pairs, since a dict would hide duplicate keys.
    content = text_files.parse_json(read_text(path), str(path), hook=lambda pairs: pairs)
    if not isinstance(content, list):
        raise ValueError(f"{path}: expected a list or an object of sentences")
    for number, entry in enumerate(content):
        where = f"{path}, entry {number}"
        if isinstance(entry, tuple):
            name, caption = entry
            if isinstance(caption, list) and len(caption) == 1:
                (caption,) = caption
        else:
            fields = _fields(entry, where)
            name, caption = fields.get("image_id"), fields.get("caption")
        named = isinstance(name, str | int) and not isinstance(name, bool)
        if not named or not isinstance(caption, str):
            raise ValueError(
                f"{where}: expected 'image_id' and 'caption', or one sentence by pair, got "
                f"{entry!r:.200}"
            )
        yield Sentence(str(name), caption, where)


def _fields(entry: Any, where: str) -> dict[str, Any]:
    """An entry's object from its keys and values; empty if it is none."""
    if not isinstance(entry, list) or not all(isinstance(item, tuple) for item in entry):
        return {}
    try:
        return text_files.unique_keys(entry)
    except ValueError as error:
        raise ValueError(f"{where}: {error}: keep one of them") from error


def _folder(path: Path) -> Iterator[Sentence]:
    files = sorted(path.glob("[!.]*_cap.txt"))
    if not files:
        raise ValueError(f"{path} holds no *_cap.txt: name a file, or the folder that holds them")
    for file in files:
        said = [line for line in _lines(file) if line.startswith(_PREDICTED)]
        if len(said) != 1:
            raise ValueError(f"{file} must have one line '{_PREDICTED} ...', it has {len(said)}")
        caption = said[0].removeprefix(_PREDICTED).strip()
        yield Sentence(file.name.removesuffix("_cap.txt"), caption, str(file))
