"""Reads caption files in the layout of Karpathy's splits.

::

    {"images": [{"filepath": "train", "filename": "train_000001.png", "split": "train",
                 "changeflag": 0,
                 "sentences": [{"tokens": ["there", "is", "no", "difference"], "raw": "..."}]}]}

Everything that reads such a file (data set, vocabulary, verification) does so through here. A
data set published in several files (Dubai-CC) is read from their folder as if they were one, and
the lists of ChangeChat-105k as if they had this layout.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from mmrsicc.datasets.changechat import changechat_records
from mmrsicc.datasets.manifest import ManifestRows, is_manifest, members_of, read_manifest
from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.datasets.sentences import sentence_words
from mmrsicc.datasets.split_names import split_name
from mmrsicc.utils.file_names import composed
from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.text_files import read_json


@dataclass(frozen=True)
class CaptionRecord:
    """One pair of a caption file.

    Attributes:
        folder: Folder below the image folder, ``filepath`` in the file.
        filename: File name of both dates' images, accented letters as one character each.
        split: ``train``, ``val``, ``test`` or another, see
            :func:`~mmrsicc.datasets.split_names.split_name`.
        captions: All sentences, words joined by one space.
        change_flag: 1 if the pair shows a change, else 0.
        members: Places of its images in WebDataset shards, by kind; empty where they are files.
    """

    folder: str
    filename: str
    split: str
    captions: tuple[str, ...]
    change_flag: int
    members: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def pair_id(self) -> str:
        """File name without extension, with folders where the file name has some."""
        return str(PurePosixPath(self.filename).with_suffix(""))


def sentence_tokens(sentence: Mapping[str, Any]) -> list[str]:
    """Words of one entry of ``sentences``, in lower case and without the final full stop.

    They are the entry's ``tokens``, dirt included: published vocabularies are built from them. An
    entry with ``raw`` alone is split at white space. The tokens of LEVIR-CC and WHU-CDC are in
    lower case already; Dubai-CC's are sentences as they were written, "Nothing has changed.".

    Raises:
        ValueError: If the entry has neither key, ``tokens`` is no list of words, or what it says
            is no sentence (see :func:`~mmrsicc.datasets.sentences.check_sentence`).
    """
    if not isinstance(sentence, Mapping) or not {"tokens", "raw"} & sentence.keys():
        raise ValueError('it has neither "tokens" nor "raw": write {"raw": "a house is built"}')
    text = sentence.get("raw")
    if "tokens" in sentence:
        tokens = sentence["tokens"]
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ValueError(f'"tokens" is {tokens!r:.80}: make it a list of words')
        text = " ".join(tokens)
    words = sentence_words(text)
    if "<unk>" in words:
        raise ValueError('"<unk>" is no word: write the word that it stands for')
    if words and not any(letter.isalpha() for word in words for letter in word):
        raise ValueError(f"{' '.join(words)!r} has no letter: write a sentence, or remove it")
    return words


def change_flag_of(captions: Iterable[str]) -> int:
    """0 if every sentence says that nothing changed, else 1."""
    return int(not all(is_no_change(caption) for caption in captions))


def read_caption_file(path: str | Path) -> list[Any]:
    """Raw records of a caption file; those of ChangeChat-105k are converted to this layout.

    Args:
        path: The file; a folder of several (``*.json``), which are read in order of name; or a
            Parquet file (see :mod:`mmrsicc.datasets.manifest`).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If its encoding is unknown, it is not JSON, or has no list ``images`` and is no
            list of ChangeChat-105k.
    """
    path = Path(path)
    if is_manifest(path):
        return list(ManifestRows(read_manifest(path), lambda found, index: found))
    if files := sorted(path.glob("[!.]*.json")):
        return [record for file in files for record in read_caption_file(file)]
    if not path.is_file():
        fix = "check data_root and ann_file, or download the data set"
        if path.with_name("index.parquet").is_file():
            fix = "there are WebDataset shards: give their index.parquet as the caption file"
        raise FileNotFoundError(f"no caption file at {path}: {fix}")
    content = read_json(path)
    if isinstance(content, list):
        return changechat_records(content, str(path))
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        raise ValueError(f'{path} has no list "images": it must read {{"images": [...]}}')
    return content["images"]


def folder_and_split(record: Mapping[str, Any]) -> tuple[Any, Any]:
    """Folder of the images and split of a raw record, None if it does not say.

    ``filepath`` and ``split`` may stand for each other, as in published files; where neither is
    there, the file name says it (``train_000001.png``).
    """
    prefix = str(record.get("filename")).partition("_")[0]
    named = prefix if split_name(prefix) in ("train", "val", "test") else None
    folder = record.get("filepath", record.get("split", named))
    return folder, record.get("split", record.get("filepath", named))


def parse_record(record: Any, index: int, path: str | Path) -> CaptionRecord:
    """One raw record, checked.

    Args:
        record: Entry of ``images``.
        index: Its position in the file, for messages.
        path: The caption file, for messages.

    Raises:
        ValueError: If a key is missing or wrong; the message names record, key and fix.
    """
    name = record.get("filename", "no filename") if isinstance(record, Mapping) else "no object"
    where = f"{path}, record {index} ({name})"
    if not isinstance(record, Mapping):
        raise ValueError(f'{where}: expected an object with "filename" and "sentences"')
    for key in ("filename", "sentences"):
        if not record.get(key):
            raise ValueError(f'{where}: "{key}" is missing or empty: add it or drop the record')
    if not isinstance(record["sentences"], list):
        raise ValueError(f'{where}: "sentences" must be a list, one entry per sentence')
    for key in ("filename", "filepath", "split"):
        if not isinstance(record.get(key, ""), str):
            raise ValueError(f'{where}: "{key}" is {record[key]!r}: it must be a string')
    for key in ("filename", "filepath"):
        check_inside(record.get(key, ""), f'{where}: "{key}"')
    folder, split = folder_and_split(record)
    if not folder or not split:
        raise ValueError(f'{where}: neither "split" nor "filepath": add "split": "train"')
    for key, path_in_it in (("filename", record["filename"]), ("filepath", folder)):
        if leaves_folder(path_in_it):
            raise ValueError(
                f'{where}: "{key}" is {path_in_it!r:.80}, which leads out of the image folder: '
                "name a file below it"
            )
    captions = []
    for number, entry in enumerate(record["sentences"]):
        try:
            captions.append(" ".join(sentence_tokens(entry)))
        except ValueError as error:
            raise ValueError(f"{where}, sentence {number}: {error}") from error
        if not captions[-1]:
            raise ValueError(f"{where}: sentence {number} is empty: fill or remove it")
    flag = record.get("changeflag", change_flag_of(captions))
    if flag not in (0, 1):
        raise ValueError(f'{where}: "changeflag" is {flag!r}: set it to 0 or 1, or remove it')
    try:
        members = members_of(record) if is_manifest(path) else {}
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    filename = composed(record["filename"].strip())
    return CaptionRecord(
        folder.strip(), filename, split_name(split), tuple(captions), int(flag), members
    )


def check_inside(place: str, what: str) -> None:
    """Raise ``ValueError`` for a path that does not stay below the folder of the images."""
    parts = PureWindowsPath(place)
    if parts.anchor or ".." in parts.parts or (place and not parts.name):
        raise ValueError(f"{what} is {place!r}: name a place below the folder of the images")


def read_split(path: str | Path, split: str) -> list[CaptionRecord]:
    """Checked records of one split, in file order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file or a record is wrong, a pair comes twice in the split, or the split
            has no record.
    """
    split = split_name(split)
    records = [parse_record(entry, i, path) for i, entry in enumerate(read_caption_file(path))]
    chosen = [record for record in records if record.split == split]
    if not chosen:
        present = sorted({record.split for record in records})
        raise ValueError(f"{path} has no pair in split {split!r}: it has {present or 'no record'}")
    if twice := pairs_named_twice(chosen):
        raise ValueError(f"{path}: {twice[0]}")
    return chosen


def pairs_named_twice(records: Iterable[CaptionRecord]) -> list[str]:
    """Error message and fix for records of one split with the same pair id."""
    names: dict[tuple[str, str], list[str]] = {}
    for record in records:
        names.setdefault((record.split, record.pair_id), []).append(record.filename)
    return [
        f"split {split!r} has {len(files)} records of pair {pair_id} ({', '.join(files)}): "
        "keep one, or rename the others"
        for (split, pair_id), files in names.items()
        if len(files) > 1
    ]
