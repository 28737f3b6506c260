"""Caption tables: a sentence per line, converted to the records of a caption file."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mmrsicc.datasets.caption_file import check_inside, pairs_named_twice, parse_record
from mmrsicc.datasets.sentences import check_sentence
from mmrsicc.datasets.split_names import split_name
from mmrsicc.utils.file_names import composed
from mmrsicc.utils.table_files import read_table_file

NEEDED = ("filename", "split", "sentence")

#: Optional columns.
OPTIONAL = ("changeflag",)

#: Refused columns: further sentences of a pair in them would be lost.
_MORE_SENTENCES = re.compile(r"(?:sentence|caption|raw|text|description)s?[ _-]?\d*")

#: Refused columns: other names of ``changeflag``.
_FLAG = re.compile(r"change[ _-]flag")

#: Punctuation outside words; a sign between digits, as in 1.5, is part of the word.
_SIGNS = re.compile(
    r"(?<!\d)[.,:;!?]|[.,:;!?](?!\d)|[\"\u201c\u201d\u201e\xab\xbb()\[\]{}\u2013\u2014\u2026]"
)

#: Apostrophes of word processors to the plain one.
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'"})


def read_caption_table(path: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Records of a caption file (see :mod:`mmrsicc.datasets.caption_file`) from a table.

    The table has the columns ``filename``, ``split`` and ``sentence``, and may have ``changeflag``.
    A pair is a file name in a split; its sentences may stand on lines anywhere in the table.

    Args:
        path: CSV or TSV file, see :func:`~mmrsicc.utils.table_files.read_table_file`.

    Returns:
        The records in order of first appearance, and the columns that were left out.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the table or a cell is wrong; names the line and the fix.
    """
    path = Path(path)
    table = read_table_file(path, NEEDED)
    spare = [name for name in table.columns if name not in (*NEEDED, *OPTIONAL)]
    if lost := [name for name in spare if _MORE_SENTENCES.fullmatch(name)]:
        raise ValueError(
            f"{path}: the column {lost[0]} would be lost: write each sentence on a line of its "
            "own, in the column sentence, or remove it"
        )
    if lost := [name for name in spare if _FLAG.fullmatch(name)]:
        raise ValueError(f"{path}: the column {lost[0]} would be lost: call it changeflag")
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for where, row in table.rows:
        try:
            split, filename = _split(row["split"]), _filename(row["filename"])
            record = records.setdefault(
                (split, filename),
                {"filepath": split, "filename": filename, "split": split, "sentences": []},
            )
            record["sentences"].append(_sentence(row["sentence"]))
            _add_flag(record, row)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    content = list(records.values())
    parsed = [parse_record(record, index, path) for index, record in enumerate(content)]
    if twice := pairs_named_twice(parsed):
        raise ValueError(f"{path}: {twice[0]}")
    return content, spare


def plain_words(sentence: str) -> list[str]:
    """Words of a sentence as people write it: lower case, no punctuation at their ends."""
    text = _SIGNS.sub(" ", sentence.lower().translate(_APOSTROPHES))
    words = (word.strip("'") if word.startswith("'") else word for word in text.split())
    return [word for word in words if any(sign.isalnum() for sign in word)]


def _split(cell: str) -> str:
    split = split_name(cell)
    if split.partition("_")[0] not in ("train", "val", "test"):
        raise ValueError(f"split {cell!r:.80}: write train, val or test, or a name as test_city")
    return split


def _filename(cell: str) -> str:
    if not PurePosixPath(cell).suffix:
        raise ValueError(f"filename {cell!r:.80} has no suffix: write it as the images are called")
    check_inside(cell, "filename")
    return composed(cell)


def _sentence(cell: str) -> dict[str, Any]:
    """An entry of ``sentences``: the text as it was written, and its words."""
    text = check_sentence(cell)
    tokens = plain_words(text)
    if not tokens:
        raise ValueError(f"the sentence {cell!r:.80} has no word: write it, or remove the line")
    check_sentence(" ".join(tokens))
    return {"raw": text, "tokens": tokens}


def _add_flag(record: dict[str, Any], row: Mapping[str, str]) -> None:
    """Puts the row's flag, if it has one, into its pair's record."""
    cell = row.get("changeflag", "")
    if not cell:
        return
    if cell not in ("0", "1", "0.0", "1.0"):
        raise ValueError(f"changeflag {cell!r:.80}: write 0 (no change), 1, or leave it empty")
    flag = int(float(cell))
    if record.setdefault("changeflag", flag) != flag:
        raise ValueError(
            f"changeflag {cell} of {record['filename']}, but {record['changeflag']} on an earlier "
            "line: write one flag for a pair"
        )
