"""Tables of text (CSV, TSV) as spreadsheets write them: each row whole, or refused by its line."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from mmrsicc.utils.text_files import read_text

#: Separators: Excel writes semicolons where the comma is the decimal sign.
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Table:
    """Rows of a table.

    Attributes:
        columns: Names of the columns, in lower case.
        rows: Of each row that is not empty: file and line, for messages, and its cells by column,
            without spaces around them.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, dict[str, str]]]


def read_table_file(path: Path, needed: Sequence[str]) -> Table:
    """A table whose first line names its columns, in any order and case.

    The separator is the one by which the first line has the needed columns. Columns without a name
    are left out, such as the numbers of rows that pandas writes.

    Args:
        path: The file.
        needed: Columns that must be there.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no text (see :func:`~mmrsicc.utils.text_files.read_text`), lacks a
            column or has one twice, has no row, or a row has too few or too many cells or a cell
            of several lines.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no table {path}")
    if path.suffix.lower() in (".xls", ".xlsx", ".ods"):
        raise ValueError(f"{path} is a spreadsheet: save it as 'CSV UTF-8' and give that file")
    text = read_text(path)
    first, _, below = text.partition("\n")
    skipped = 0
    if first.strip().lower() in {f"sep={separator}" for separator in _SEPARATORS}:
        text, skipped = below, 1
    header, separator = _header(path, text, needed)
    columns = tuple(name.strip().lower() for name in header)
    named = [name for name in columns if name]
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise ValueError(f"{path} has the column {twice[0]} twice: rename or remove one")
    rows = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            where = f"{path}, line {start + skipped}"
            if start > 1 and any(cell.strip() for cell in cells):
                rows.append((where, _row(where, columns, cells)))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {start + skipped}: {error}: put a cell with {separator!r} or quotes in "
            'double quotes, and write a quote inside it twice ("")'
        ) from error
    if not rows:
        raise ValueError(f"{path} has no row: give one or more below the first line")
    return Table(tuple(named), rows)


def _header(path: Path, text: str, needed: Sequence[str]) -> tuple[list[str], str]:
    """Names in the first line, and the separator by which they are the needed ones."""
    line = text.splitlines()[0] if text.strip() else ""
    try:
        found = {s: next(csv.reader([line], delimiter=s), []) for s in _SEPARATORS}
    except csv.Error as error:
        raise ValueError(f"{path}, line 1: {error}: name the columns in the first line") from error
    for separator, names in found.items():
        if set(needed) <= {name.strip().lower() for name in names}:
            return names, separator
    names = max(found.values(), key=len)
    raise ValueError(
        f"{path} needs the columns {', '.join(needed)} in its first line; it has "
        f"{', '.join(names)[:200] or 'none'}"
    )


def _row(where: str, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Cells by the names of their columns."""
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        raise ValueError(
            f"{where}: {len(cells)} cells for {len(columns)} columns: give each column a cell, and "
            "put a cell that holds the separator in double quotes"
        )
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
    for name, cell in row.items():
        if "\n" in cell or "\r" in cell:
            raise ValueError(
                f"{where}: the cell of {name} continues in the next line: close its quotes, or "
                "write it in one line"
            )
    return row
