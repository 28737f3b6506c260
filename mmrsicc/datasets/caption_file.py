"""Reading of caption files in the layout that Karpathy's splits made common.

::

    {"images": [{"filepath": "train", "filename": "train_000001.png", "split": "train",
                 "changeflag": 0,
                 "sentences": [{"tokens": ["there", "is", "no", "difference"], "raw": "..."}]}]}

Everything that reads such a file (data set, vocabulary, verification) does so through here. A
data set published in several files (Dubai-CC) is read from their folder as if they were one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.datasets.no_change import is_no_change
from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.plain_json import parse_json


@dataclass(frozen=True)
class CaptionRecord:
    """One pair of a caption file.

    Attributes:
        folder: Folder below the image folder, ``filepath`` in the file.
        filename: File name of both dates' images.
        split: ``train``, ``val`` or ``test``.
        captions: All sentences, words joined by one space.
        change_flag: 1 if the pair shows a change, else 0.
    """

    folder: str
    filename: str
    split: str
    captions: tuple[str, ...]
    change_flag: int

    @property
    def pair_id(self) -> str:
        """File name without extension."""
        return Path(self.filename).stem


def sentence_tokens(sentence: Mapping[str, Any]) -> list[str]:
    """Words of one entry of ``sentences``, in lower case and without the final full stop.

    They are the entry's ``tokens``, dirt included: published vocabularies are built from them. An
    entry with ``raw`` alone is split at white space. The tokens of LEVIR-CC and WHU-CDC are in
    lower case already; Dubai-CC's are sentences as they were written, "Nothing has changed.".

    Raises:
        ValueError: If the entry has neither key, or ``tokens`` is no list.
    """
    if not isinstance(sentence, Mapping) or not {"tokens", "raw"} & sentence.keys():
        raise ValueError('a sentence has neither "tokens" nor "raw": add one of them')
    if "tokens" in sentence:
        if not isinstance(sentence["tokens"], list):
            raise ValueError(f'"tokens" is {sentence["tokens"]!r}: make it a list of words')
        text = " ".join(map(str, sentence["tokens"]))
    else:
        text = str(sentence["raw"])
    return text.lower().strip().removesuffix(".").split()


def change_flag_of(captions: Iterable[str]) -> int:
    """0 if every sentence says that nothing changed, else 1."""
    return int(not all(is_no_change(caption) for caption in captions))


def read_caption_file(path: str | Path) -> list[Any]:
    """Raw records of a caption file, as they stand.

    Args:
        path: The file, or a folder of several (``*.json``), which are read in order of name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON, or has no list ``images``.
    """
    path = Path(path)
    if files := sorted(path.glob("*.json")):
        return [record for file in files for record in read_caption_file(file)]
    if not path.is_file():
        raise FileNotFoundError(
            f"no caption file at {path}: check data_root and ann_file, or download the data set"
        )
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON ({error}): download it again") from error
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        raise ValueError(f'{path} has no list "images": it must read {{"images": [...]}}')
    return content["images"]


def folder_and_split(record: Mapping[str, Any]) -> tuple[Any, Any]:
    """Folder of the images and split of a raw record, None if it does not say.

    ``filepath`` and ``split`` may stand for each other, as in published files; where neither is
    there, the file name says it (``train_000001.png``).
    """
    prefix = str(record.get("filename")).partition("_")[0]
    named = prefix if prefix in ("train", "val", "test") else None
    folder = record.get("filepath", record.get("split", named))
    return folder, record.get("split", record.get("filepath", named))


def parse_record(record: Any, index: int, path: str | Path) -> CaptionRecord:
    """One raw record, checked.

    Args:
        record: Entry of ``images``.
        index: Its position in the file, for messages.
        path: The caption file, for messages.

    Raises:
        ValueError: If a key is missing or wrong; the message names record, key and mend.
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
    folder, split = folder_and_split(record)
    if not folder or not split:
        raise ValueError(f'{where}: neither "split" nor "filepath": add "split": "train"')
    for key, path_in_it in (("filename", record["filename"]), ("filepath", folder)):
        if leaves_folder(path_in_it):
            raise ValueError(
                f'{where}: "{key}" is {path_in_it!r:.80}, which leads out of the image folder: '
                "name a file below it"
            )
    try:
        captions = tuple(" ".join(sentence_tokens(entry)) for entry in record["sentences"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error
    empty = [i for i, caption in enumerate(captions) if not caption.strip()]
    if empty:
        raise ValueError(f"{where}: sentence {empty[0]} is empty: fill or remove it")
    flag = record.get("changeflag", change_flag_of(captions))
    if flag not in (0, 1):
        raise ValueError(f'{where}: "changeflag" is {flag!r}: set it to 0 or 1, or remove it')
    return CaptionRecord(folder, record["filename"], split, captions, int(flag))


def read_split(path: str | Path, split: str) -> list[CaptionRecord]:
    """Checked records of one split, in file order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file or a record is wrong, or the split has no record.
    """
    records = [parse_record(entry, i, path) for i, entry in enumerate(read_caption_file(path))]
    chosen = [record for record in records if record.split == split]
    if not chosen:
        present = sorted({record.split for record in records})
        raise ValueError(f"{path} has no pair in split {split!r}: it has {present or 'no record'}")
    return chosen
