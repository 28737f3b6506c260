"""Sentences in the forms in which captioners leave them, ours and others'.

- ``*.jsonl``: a JSON object with ``id`` and ``caption`` on each line, as this toolbox writes.
- ``*.txt``: a sentence on each line, in the order of the split.
- ``*.json``, a list of objects with ``image_id`` and ``caption``: the results form of MS COCO.
- ``*.json``, an object of sentences, or of lists with one sentence, by pair: what RSICCformer's
  family writes as ``*_res.json``, with running numbers for keys.
- a folder of ``NAME_cap.txt``, each with a line ``pred_caption: ...``: what MCI (Change-Agent),
  RSCaMa and others write.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.plain_json import parse_json

_PREDICTED = "pred_caption:"


@dataclass(frozen=True)
class Sentence:
    """A predicted sentence as its file has it.

    Attributes:
        name: What the file calls the pair; None where the place in the file tells.
        caption: The sentence.
        where: File and place, for messages.
    """

    name: str | None
    caption: str
    where: str


def read_sentences(path: str | os.PathLike[str]) -> list[Sentence]:
    """All sentences of a file or folder, in its order.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not UTF-8, not of a known form, or no sentence in it; names file and place.
    """
    path = Path(path)
    if path.is_dir():
        sentences = list(_folder(path))
    elif path.suffix == ".jsonl":
        sentences = list(_json_lines(path))
    elif path.suffix == ".json":
        sentences = list(_json(path))
    elif path.suffix == ".txt":
        sentences = [
            Sentence(None, line.strip(), f"{path}, line {number}")
            for number, line in enumerate(_lines(path), start=1)
        ]
    else:
        raise ValueError(
            f"{path}: predicted sentences come as *.jsonl, *.json, *.txt or a folder of *_cap.txt"
        )
    if not sentences:
        raise ValueError(f"{path} is empty: it holds no predicted sentence")
    return sentences


def read_text(path: Path) -> str:
    """A UTF-8 file's text.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Another encoding; names the line.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} with predicted sentences")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: byte 0x{raw[error.start]:02x} is not UTF-8: save the file as "
            "UTF-8, for instance with `iconv -f LATIN1 -t UTF-8`"
        ) from error


def parse_line(line: str, where: str) -> dict[str, Any]:
    """The object of one line of JSON lines, which must have ``id`` and ``caption``.

    Raises:
        ValueError: It is none, or lacks one of them.
    """
    try:
        fields = parse_json(line)
    except ValueError as error:
        raise ValueError(f"{where}: not valid JSON ({error})") from error
    for key in ("id", "caption"):
        if not isinstance(fields, dict) or not isinstance(fields.get(key), str):
            raise ValueError(f"{where}: there must be {key!r} with a string, got {line!r:.200}")
    if leaves_folder(fields["id"]):
        raise ValueError(
            f"{where}: id {fields['id']!r:.80} leads out of the folder of the images: give the "
            "pair's name in it"
        )
    return fields


def numbered_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of a UTF-8 file, each with its place for messages."""
    for number, line in enumerate(_lines(path), start=1):
        yield f"{path}, line {number}", line


def _lines(path: Path) -> list[str]:
    # Not splitlines(), which also splits at characters that may stand in a sentence.
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _json_lines(path: Path) -> Iterator[Sentence]:
    for where, line in numbered_lines(path):
        fields = parse_line(line, where)
        yield Sentence(fields["id"], fields["caption"], where)


def _json(path: Path) -> Iterator[Sentence]:
    # As pairs, since a dict would hide keys that come twice.
    try:
        content = parse_json(read_text(path), object_pairs_hook=lambda pairs: pairs)
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON ({error}): write it again") from error
    if not isinstance(content, list):
        raise ValueError(f"{path}: expected a list or an object of sentences")
    for number, entry in enumerate(content):
        where = f"{path}, entry {number}"
        if isinstance(entry, tuple):
            name, caption = entry
            if isinstance(caption, list) and len(caption) == 1:
                (caption,) = caption
        else:
            whole = isinstance(entry, list) and all(isinstance(item, tuple) for item in entry)
            fields = dict(entry) if whole else {}
            name, caption = fields.get("image_id"), fields.get("caption")
        if not isinstance(name, str | int) or not isinstance(caption, str):
            raise ValueError(
                f"{where}: expected 'image_id' and 'caption', or one sentence by pair, got "
                f"{entry!r:.200}"
            )
        yield Sentence(str(name), caption, where)


def _folder(path: Path) -> Iterator[Sentence]:
    files = sorted(path.glob("*_cap.txt"))
    if not files:
        raise ValueError(f"{path} holds no *_cap.txt: name a file, or the folder that holds them")
    for file in files:
        said = [line for line in _lines(file) if line.startswith(_PREDICTED)]
        if len(said) != 1:
            raise ValueError(f"{file} must have one line '{_PREDICTED} ...', it has {len(said)}")
        caption = said[0].removeprefix(_PREDICTED).strip()
        yield Sentence(file.name.removesuffix("_cap.txt"), caption, str(file))
