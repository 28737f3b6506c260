"""Pairs of a user's input: two images, a list, two folders or a table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mmrsicc.datasets.pair_files import images_in
from mmrsicc.utils.file_names import composed, on_disk
from mmrsicc.utils.table_files import read_table_file


def pairs_of(inputs: Any, table_root: Path | None = None) -> Iterable[Any]:
    """Pairs (before, after) of anything that :class:`ChangeCaptionInferencer` takes.

    Only what concerns all pairs is checked here: a pair's own faults show when it is loaded.

    Args:
        inputs: Two image paths, two arrays, two folders, any iterable of pairs, or a table with
            the columns before and after (``.csv``, or ``.tsv`` with tabs).
        table_root: Of a table, see :func:`read_table`.

    Raises:
        FileNotFoundError: If a table, folder or one of two images is missing.
        ValueError: If a table lacks a column or an entry, folders have no file name in common,
            the inputs are none of the above, or a root is given of what is no table.
    """
    if isinstance(inputs, (str, Path)):
        return read_table(Path(inputs), table_root)
    if table_root is not None:
        raise ValueError(f"the root {table_root} is of a table of pairs: leave it out (--root)")
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
    first, second = (
        {composed(path.name): path for path in images_in(folder)} for folder in (before, after)
    )
    if not first.keys() & second.keys():
        raise ValueError(f"{before} and {after} must hold images of the same names, and share none")
    names = sorted(first.keys() | second.keys())
    return [(first.get(n, before / n), second.get(n, after / n)) for n in names]


def read_table(path: Path, root: Path | None = None) -> list[tuple[Path, Path]]:
    """Pairs of a CSV or TSV file; other columns are ignored.

    Args:
        path: The table.
        root: Where relative paths start, and below which all files must lie: a table from
            elsewhere must not name others. The table's own folder by default.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such table (see
            :func:`~mmrsicc.utils.table_files.read_table_file`), an entry is empty or leads out of
            the root, or a pair comes twice.
    """
    if path.suffix.lower() not in (".csv", ".tsv"):
        raise ValueError(f"{path} alone is no pair: give before and after, or a .csv or .tsv file")
    pairs: dict[tuple[Path, Path], str] = {}
    for where, row in read_table_file(path, ("before", "after")).rows:
        if not (row["before"] and row["after"]):
            raise ValueError(f"{where}: before or after is empty: name both images")
        before, after = (
            on_disk(inside(root or path.parent, row[column], where))
            for column in ("before", "after")
        )
        if pairs.setdefault((before, after), where) is not where:
            raise ValueError(f"{where}: this pair is in {pairs[before, after]} too: remove one")
    return list(pairs)


def inside(root: Path, name: str, where: str) -> Path:
    """Path from a table, checked by its text alone: links below the root are followed.

    Args:
        root: Where it starts, and must stay.
        name: As the table has it.
        where: File and line, for messages.

    Raises:
        ValueError: It leads out of the root.
    """
    target = Path(os.path.normpath(root.absolute() / name))
    if not target.is_relative_to(os.path.normpath(root.absolute())) or "\0" in name:
        raise ValueError(
            f"{where}: {name!r:.80} leads out of {root}: move the image there, or name the folder "
            "above all images (--root, or read_table(path, root))"
        )
    return root / name
