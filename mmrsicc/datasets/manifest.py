"""Caption files as Parquet, for millions of pairs: columns instead of objects.

The columns are the keys of a caption file's records: ``filename``, ``split``, ``sentences`` (a list
of strings), and, if there are such, ``filepath`` and ``changeflag``. A row becomes a record when it
is asked for, so that a process keeps the bytes of the strings alone. The index of WebDataset shards
(see :mod:`mmrsicc.datasets.webdataset`) also has ``shard`` and the place of each image in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from mmrsicc.datasets.split_names import names_of_split
from mmrsicc.utils.files import leaves_folder
from mmrsicc.utils.tar_members import member_of

NEEDED = ("filename", "split", "sentences")
OPTIONAL = ("filepath", "changeflag")

#: Images of a pair in a shard, and columns of their places: ``0001.before.png@1536+102400``.
MEMBERS = ("before", "after", "mask", "before_semantic", "after_semantic")


def is_manifest(path: str | Path) -> bool:
    """Whether a caption file is Parquet, by its name."""
    return Path(path).suffix.lower() == ".parquet"


def read_manifest(path: str | Path, split: str | None = None) -> Any:
    """The table of a manifest.

    Args:
        path: The file.
        split: Which rows to read, by any name of the split; None for all.

    Returns:
        A ``pyarrow.Table`` in the file's order.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no Parquet file, lacks a column, has one of another type, has no row of
            the split, or has a pair of it twice.
    """
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    if not Path(path).is_file():
        raise FileNotFoundError(f"no caption file at {path}: check data_root and ann_file")
    try:
        there = set(pyarrow.parquet.read_schema(path).names)
        if lacking := [name for name in NEEDED if name not in there]:
            raise ValueError(f"it lacks the column {lacking[0]}")
        if pyarrow.parquet.read_table(path, columns=["split"])["split"].null_count:
            raise ValueError("it has rows without a split")
        names = [name for name in (*NEEDED, *OPTIONAL, "shard", *MEMBERS) if name in there]
        wanted = None
        if split is not None:
            # As split_name() reads a name. Strings that are stored as a dictionary have no case.
            written = pyarrow.compute.field("split").cast(pyarrow.string())
            written = pyarrow.compute.utf8_trim_whitespace(pyarrow.compute.utf8_lower(written))
            wanted = written.isin(names_of_split(split))
        table = pyarrow.parquet.read_table(path, columns=names, filters=wanted)
        kinds = {"sentences": pyarrow.list_(pyarrow.string()), "changeflag": pyarrow.int8()}
        kinds["shard"] = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
        columns = [(name, kinds.get(name, pyarrow.string())) for name in names]
        table = table.cast(pyarrow.schema(columns, metadata=table.schema.metadata))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"{path} is no manifest of captions ({reason:.120}): it needs the columns filename and "
            "split (strings) and sentences (lists of strings)"
        ) from error
    if split is None:
        return table
    if not len(table):
        raise ValueError(f"{path} has no pair in split {split!r}")
    stems = pyarrow.compute.replace_substring_regex(table["filename"], r"\.[^./\\]*$", "")
    if pyarrow.compute.count_distinct(stems).as_py() < len(table):
        counts = pyarrow.compute.value_counts(stems).to_pylist()
        twice = next(entry["values"] for entry in counts if entry["counts"] > 1)
        raise ValueError(f"{path}: split {split!r} has pair {twice} twice: keep one")
    del stems
    pyarrow.default_memory_pool().release_unused()
    return table


def record(table: Any, index: int) -> dict[str, Any]:
    """A row as the record of a caption file."""
    row = {name: table[name][index].as_py() for name in table.column_names}
    said = {**row, "sentences": [{"raw": text} for text in row["sentences"] or ()]}
    return {key: value for key, value in said.items() if value is not None}


def members_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """Images of a row by kind, from the folder of the shards; empty without shards.

    Raises:
        ValueError: A place is none in a shard.
    """
    if not raw.get("shard"):
        return {}
    places = {kind: f"{raw['shard']}/{raw[kind]}" for kind in MEMBERS if raw.get(kind)}
    for place in places.values():
        if leaves_folder(place) or member_of(place) is None:
            raise ValueError(f"{place!r:.120} is no place in a shard: index the shards again")
    return places


class ManifestRows(Sequence[Any]):
    """Rows of a manifest, each made when it is asked for.

    Args:
        table: From :func:`read_manifest`.
        make: From a record and its row to what is wanted.
    """

    def __init__(self, table: Any, make: Callable[[dict[str, Any], int], Any]) -> None:
        self._table, self._make = table, make

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> ManifestRows: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self.take(range(*index.indices(len(self))))
        return self._make(record(self._table, index), index)

    def take(self, indices: Sequence[int]) -> ManifestRows:
        """Some of the rows, in the order of the indices."""
        return ManifestRows(self._table.take(list(indices)), self._make)
