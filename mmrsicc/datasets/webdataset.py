"""WebDataset shards: tar files of pairs, and the index by which each pair is read on its own.

A pair is a few neighbouring files of a shard with one key, which is what stands before the first
dot of their names::

    00000000.before.png
    00000000.after.png
    00000000.json           the pair's record of a caption file
    00000000.mask.png       optional, as are before_semantic and after_semantic

``filename`` of the record names the pair; without it, the key does. The index is a manifest (see
:mod:`mmrsicc.datasets.manifest`) beside the shards, with the place of each image in them. Nothing
else of a shard is read, and nothing in it is executed.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from mmrsicc.datasets.caption_file import CaptionRecord, parse_record
from mmrsicc.datasets.image_suffixes import IMAGE_SUFFIXES
from mmrsicc.datasets.manifest import MEMBERS
from mmrsicc.datasets.sentences import as_raw
from mmrsicc.utils.files import atomic_path, leaves_folder
from mmrsicc.utils.tar_members import Member, read_bytes
from mmrsicc.utils.text_files import parse_json

#: Name of the index, beside the shards.
INDEX = "index.parquet"

#: Key of the index's metadata: bytes of each shard by its name.
_SIZES = b"mmrsicc.shards"
_BLOCK = 512
#: Larger images are above Pillow's pixel limit; larger records are no captions.
_LARGEST_IMAGE, _LARGEST_RECORD = 2**31, 2**20
#: Kind of an image or record that is no part of a pair.
_OTHER = "other"
#: Rows that are written at once: many small parts are slow to read.
_ROWS = 2**16


class ShardPair(NamedTuple):
    """A pair of a shard.

    Attributes:
        record: Its captions.
        files: Its images by kind, see :data:`~mmrsicc.datasets.manifest.MEMBERS`.
    """

    record: CaptionRecord
    files: dict[str, Member]

    @property
    def row(self) -> dict[str, Any]:
        """The pair's row of the index."""
        return {
            "filename": self.record.filename,
            "split": self.record.split,
            "sentences": [as_raw(caption) for caption in self.record.captions],
            "changeflag": self.record.change_flag,
            "shard": Path(self.files["before"].tar).name,
            **{kind: f"{m.name}@{m.offset}+{m.size}" for kind, m in self.files.items()},
        }


def write_index(folder: Path, track: Callable[[list[Path]], Iterable[Path]] = iter) -> Counter[str]:
    """Reads the shards of a folder and writes their index.

    Args:
        folder: Holds the shards, ``*.tar``.
        track: Wrapper of the shards while they are read.

    Returns:
        Number of pairs of each split.

    Raises:
        FileNotFoundError: There is no shard.
        ValueError: A shard is wrong, see :func:`read_shard`, or has a pair of another one; or a
            file of the index's name is another.
    """
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    shards = shards_in(folder)
    if not shards:
        raise FileNotFoundError(f"no shard (*.tar) in {folder}: name the folder of the shards")
    _check_replaceable(folder / INDEX)
    schema = index_schema({shard.name: shard.stat().st_size for shard in shards})
    places: dict[tuple[str, str], Path] = {}
    rows: list[dict[str, Any]] = []
    with atomic_path(folder / INDEX) as path, ParquetWriter(path, schema) as writer:
        for shard in track(shards):
            for pair in read_shard(shard):
                name = pair.record.split, pair.record.pair_id
                if (known := places.setdefault(name, shard)) != shard:
                    raise ValueError(
                        f"{known} and {shard} both have pair {' '.join(name)}: keep one"
                    )
                rows.append(pair.row)
            if len(rows) >= _ROWS or shard == shards[-1]:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                rows.clear()
    return Counter(split for split, _ in places)


def _check_replaceable(path: Path) -> None:
    """Refuses to overwrite a file that is no index of shards."""
    import pyarrow
    from pyarrow.parquet import read_schema

    if not path.exists():
        return
    try:
        known = _SIZES in (read_schema(path).metadata or {})
    except (pyarrow.ArrowException, OSError):
        known = False
    if not known:
        raise ValueError(f"{path} is there and is no index of shards: move it, it is not replaced")


def index_schema(sizes: Mapping[str, int]) -> Any:
    """The index's ``pyarrow.Schema``.

    Args:
        sizes: Bytes of each shard by its name.
    """
    import pyarrow

    text = pyarrow.string()
    columns = {"filename": text, "split": text, "sentences": pyarrow.list_(text)}
    columns |= {"changeflag": pyarrow.int8(), "shard": text, **dict.fromkeys(MEMBERS, text)}
    return pyarrow.schema(columns, metadata={_SIZES: json.dumps(sizes)})


def shards_in(folder: Path) -> list[Path]:
    """Shards of a folder, by name."""
    return sorted(folder.glob("[!.]*.tar"))


def check_shards(table: Any, path: str | Path, kinds: Collection[str]) -> None:
    """Compares an index with the shards beside it, without reading them.

    Args:
        table: The index, from :func:`~mmrsicc.datasets.manifest.read_manifest`.
        path: Its file.
        kinds: Which images each pair must have.

    Raises:
        FileNotFoundError: A shard is missing.
        ValueError: A shard is not as large as it was, or a pair has no image of a kind.
    """
    again = f"run `mmrsicc webdataset {Path(path).parent}`"
    sizes = parse_json((table.schema.metadata or {}).get(_SIZES, b"{}").decode(), str(path))
    for name in table["shard"].unique().to_pylist():
        if not isinstance(name, str) or leaves_folder(name) or name not in sizes:
            raise ValueError(f"{path} does not know the shard {name!r:.80}: {again}")
        shard = Path(path).parent / name
        if not shard.is_file():
            raise FileNotFoundError(f"no shard {shard}, which {path} names: copy it, or {again}")
        if shard.stat().st_size != sizes[name]:
            raise ValueError(
                f"{shard} has {shard.stat().st_size} bytes, {sizes[name]} when it was indexed: "
                f"copy it again, or {again}"
            )
    for kind in kinds:
        if kind not in table.column_names or table[kind].null_count:
            raise ValueError(f"{path} has pairs without {kind}: leave it out, or write new shards")


def read_shard(path: Path) -> list[ShardPair]:
    """Pairs of a shard, in its order; images are not decoded.

    Raises:
        ValueError: It is cut short, damaged or compressed; a member is no plain file, leads out of
            the shard or is too large; a pair lacks a file, has one twice, comes twice, or its
            record is wrong; an image or record belongs to no pair. Names shard and key.
    """
    pairs: dict[str, ShardPair] = {}
    others: dict[str, Member] = {}
    for key, members in groupby(_members(path), key=lambda found: found[0]):
        files: dict[str, Member] = {}
        for _, kind, member in members:
            if kind == _OTHER:
                others.setdefault(key, member)
                continue
            if kind in files:
                raise ValueError(f"{path}: key {key} has two files of {kind}: keep one")
            files[kind] = member
        if not files:
            continue
        if lacking := [kind for kind in ("before", "after", "json") if kind not in files]:
            raise ValueError(
                f"{path}: key {key} has no {lacking[0]}: add it beside its other files"
            )
        if key in pairs:
            raise ValueError(f"{path}: key {key} comes twice: put its files together, or keep one")
        content = files.pop("json")
        pairs[key] = ShardPair(_record(content, key, len(pairs), files["before"]), files)
    if lost := [member.name for key, member in others.items() if key not in pairs]:
        raise ValueError(
            f"{path}: {lost[0]} belongs to no pair: name the files of a pair KEY.before.png, "
            "KEY.after.png and KEY.json, without a dot in KEY"
        )
    names = Counter((pair.record.split, pair.record.pair_id) for pair in pairs.values())
    if twice := [" ".join(name) for name, count in names.items() if count > 1]:
        raise ValueError(f"{path} has two keys of pair {twice[0]}: keep one")
    return list(pairs.values())


def _record(member: Member, key: str, number: int, before: Member) -> CaptionRecord:
    """Captions of a pair."""
    where = f"{member.tar}, {member.name}"
    if member.size > _LARGEST_RECORD:
        raise ValueError(f"{where} has {member.size} bytes: it is no record of captions")
    try:
        text = read_bytes(str(member)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{where} is not UTF-8 ({error}): write it again") from error
    content = parse_json(text, where)
    if not isinstance(content, dict):
        raise ValueError(f'{where}: expected an object with "split" and "sentences"')
    name = f"{PurePosixPath(key).name}{PurePosixPath(before.name).suffix}"
    return parse_record({"filename": name, **content}, number, where)


def _members(path: Path) -> Iterator[tuple[str, str, Member]]:
    """Key, kind and place of each image and record of a shard."""
    size = path.stat().st_size
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115
    except (tarfile.TarError, OSError, ValueError) as error:
        raise ValueError(
            f"{path} is no plain tar file ({error}): write it whole, without compression"
        ) from error
    with tar:
        while (info := _next(tar, path)) is not None:
            where = f"{path}: {info.name!r:.100}"
            if leaves_folder(info.name):
                raise ValueError(f"{where} leads out of the shard: name its files KEY.before.png")
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise ValueError(f"{where} is a link or no plain file: write the file itself")
            if not 0 <= info.size <= min(size - info.offset_data, _LARGEST_IMAGE):
                raise ValueError(
                    f"{where} declares {info.size} bytes, more than there are or an image has: the "
                    "shard is cut short or wrong: copy it again"
                )
            name = PurePosixPath(info.name)
            stem, _, rest = name.name.partition(".")
            kind = _kind(rest.lower())
            if stem and kind is not None:
                member = Member(str(path), name.name, info.offset_data, info.size)
                yield str(name.parent / stem), kind, member
        _check_end(path, tar.offset)


def _next(tar: tarfile.TarFile, path: Path) -> tarfile.TarInfo | None:
    """The next member."""
    try:
        return tar.next()
    except Exception as error:  # Damaged headers raise many types of errors.
        raise ValueError(
            f"{path} is damaged at byte {tar.offset} ({error}): copy it again"
        ) from error


def _check_end(path: Path, offset: int) -> None:
    """Refuses a shard that goes on after its last member; tarfile takes damage for its end."""
    with path.open("rb") as file:
        file.seek(offset)
        if file.read(_BLOCK) != bytes(_BLOCK):
            raise ValueError(f"{path} is damaged or cut short at byte {offset}: copy it again")


def _kind(extension: str) -> str | None:
    """Kind of an image or record by all that follows the first dot of its name; None of others."""
    kind, _, suffix = extension.partition(".")
    if extension == "json" or (kind in MEMBERS and f".{suffix}" in IMAGE_SUFFIXES):
        return kind
    return _OTHER if PurePosixPath(f"x.{extension}").suffix in (".json", *IMAGE_SUFFIXES) else None
