"""The pairs that a user means: two images, a list, two folders or a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.datasets.pair_files import images_in


def pairs_of(inputs: Any) -> Iterable[Any]:
    """Pairs (before, after) of anything that :class:`ChangeCaptionInferencer` takes.

    Only what concerns all pairs is checked here: a pair's own faults show when it is loaded.

    Args:
        inputs: Two image paths, two arrays, two folders, any iterable of pairs, or a table with
            the columns before and after (``.csv``, or ``.tsv`` with tabs).

    Raises:
        FileNotFoundError: If a table, folder or one of two images is missing.
        ValueError: If a table lacks a column or an entry, folders have no file name in common, or
            the inputs are none of the above.
    """
    if isinstance(inputs, (str, Path)):
        return read_table(Path(inputs))
    if isinstance(inputs, (tuple, list)) and len(inputs) == 2:
        before, after = inputs
        if isinstance(before, (str, Path)) and isinstance(after, (str, Path)):
            return find_pairs(Path(before), Path(after))
        if not isinstance(before, (tuple, list)) and not isinstance(after, (tuple, list)):
            return [(before, after)]
    if isinstance(inputs, Iterable) and not isinstance(inputs, (np.ndarray, dict)):
        return inputs
    raise ValueError(
        "inputs are two paths, two arrays, a list of such pairs, two folders or a table of paths, "
        f"got {type(inputs).__name__}"
    )


def find_pairs(before: Path, after: Path) -> list[tuple[Path, Path]]:
    """Two files as they are; of two folders the images by name, a missing partner included.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If one is a file and the other a folder, or no image has a partner.
    """
    for path in (before, after):
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}: give two images, or two folders")
    if before.is_file() and after.is_file():
        return [(before, after)]
    if before.is_file() or after.is_file():
        raise ValueError(f"{before} and {after} must be two images or two folders")
    for folder in (before, after):
        if folder.suffix.upper() == ".SAFE":
            raise ValueError(
                f"{folder} is a Sentinel product of many rasters: give files in it, such as "
                "GRANULE/*/IMG_DATA/*_TCI.jp2"
            )
    names = [{path.name for path in images_in(folder)} for folder in (before, after)]
    if not names[0] & names[1]:
        raise ValueError(f"{before} and {after} must hold images of the same names, and share none")
    return [(before / name, after / name) for name in sorted(names[0] | names[1])]


def read_table(path: Path) -> list[tuple[Path, Path]]:
    """Pairs of a CSV or TSV file; relative paths start at its folder, other columns are ignored.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such file, is not UTF-8, lacks a column, an entry or any pair.
    """
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise ValueError(f"{path} alone is no pair: give before and after, or a .csv or .tsv file")
    if not path.is_file():
        raise FileNotFoundError(f"there is no table {path}")
    try:
        # Excel begins its UTF-8 files with a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: save it as 'CSV UTF-8'") from error
    with StringIO(text, newline="") as file:
        reader = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        columns = reader.fieldnames or []
        if not {"before", "after"} <= set(columns):
            separator = "tabs" if reader.reader.dialect.delimiter == "\t" else "commas"
            raise ValueError(
                f"{path} needs the columns before and after, separated by {separator}, in its "
                f"first line; it has {', '.join(columns) or 'none'}"
            )
        pairs = []
        for row in reader:
            if not (row["before"] and row["after"]):
                raise ValueError(f"{path}, line {reader.line_num}: before or after is empty")
            pairs.append((path.parent / row["before"], path.parent / row["after"]))
    if not pairs:
        raise ValueError(f"{path} names no pair: give a line for each below the first")
    return pairs
