"""Writes a data set as WebDataset shards (see :mod:`mmrsicc.datasets.webdataset`)."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from mmrsicc.datasets.caption_file import parse_record, read_caption_file
from mmrsicc.datasets.change_caption_dataset import ChangeCaptionDataset
from mmrsicc.datasets.image_suffixes import IMAGE_SUFFIXES
from mmrsicc.datasets.manifest import MEMBERS
from mmrsicc.datasets.sentences import as_raw
from mmrsicc.datasets.webdataset import shards_in
from mmrsicc.utils.files import atomic_path


class _Shard(NamedTuple):
    """A shard to be written: some rows of a split."""

    path: Path
    dataset: ChangeCaptionDataset
    rows: range


def write_shards(
    dataset: ChangeCaptionDataset,
    folder: Path,
    pairs: int = 1000,
    track: Callable[[Sequence[_Shard]], Iterable[_Shard]] = iter,
) -> int:
    """Writes all splits of a caption data set as ``SPLIT-000000.tar`` and so on, without an index.

    Each shard appears whole or not at all, and one that is there already is kept, so that a run
    that was stopped goes on. The same data give the same bytes.

    Args:
        dataset: Built with ``lazy_init=True``; its masks and semantic maps are written, too.
        folder: Where to; made if need be.
        pairs: Number of pairs in a shard.
        track: Wrapper of the shards while they are written.

    Returns:
        Number of shards that were written, not kept.

    Raises:
        FileNotFoundError: An image is missing.
        ValueError: The folder has shards of other data.
    """
    raw = enumerate(read_caption_file(dataset.ann_file))
    splits = dict.fromkeys(parse_record(entry, i, dataset.ann_file).split for i, entry in raw)
    shards = [shard for split in splits for shard in _planned(_part(dataset, split), folder, pairs)]
    if spare := set(shards_in(folder)) - {shard.path for shard in shards}:
        raise ValueError(f"{min(spare)} is no shard of {dataset.ann_file}: take an empty folder")
    return sum(_write(shard) for shard in track(shards))


def _part(dataset: ChangeCaptionDataset, split: str) -> ChangeCaptionDataset:
    """A split of a data set with all references."""
    part = copy(dataset)
    part.split, part.test_mode = split, True
    part.full_init()
    return part


def _planned(dataset: ChangeCaptionDataset, folder: Path, pairs: int) -> list[_Shard]:
    if {"/", "\\"} & set(dataset.split):
        raise ValueError(
            f"split {dataset.split!r} of {dataset.ann_file} is no file name: rename it"
        )
    starts = range(0, len(dataset), pairs)
    return [
        _Shard(
            folder / f"{dataset.split}-{number:06}.tar",
            dataset,
            range(start, min(start + pairs, len(dataset))),
        )
        for number, start in enumerate(starts)
    ]


def _write(shard: _Shard) -> bool:
    """Writes a shard, unless it is there already."""
    if shard.path.exists():
        _check_same(shard)
        return False
    with (
        atomic_path(shard.path) as path,
        tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for row in shard.rows:
            for name, source in _files(shard.dataset, row):
                info = tarfile.TarInfo(name)
                info.size = _size(source)
                with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
                    tar.addfile(info, file)
    return True


def _check_same(shard: _Shard) -> None:
    """Refuses a shard of other pairs or images; of images older than it, sizes are compared."""
    files = [file for row in shard.rows for file in _files(shard.dataset, row)]
    written = shard.path.stat().st_mtime
    with tarfile.open(shard.path, "r:") as tar:
        there = tar.getmembers()
        same = [(m.name, m.size) for m in there] == [(name, _size(f)) for name, f in files] and all(
            _content(source) == (tar.extractfile(member) or BytesIO()).read()
            for member, (_, source) in zip(there, files, strict=True)
            if isinstance(source, bytes) or source.stat().st_mtime > written
        )
    if not same:
        raise ValueError(
            f"{shard.path} is there already, with other pairs or images: remove it, or take an "
            "empty folder"
        )


def _files(dataset: ChangeCaptionDataset, row: int) -> list[tuple[str, Path | bytes]]:
    """Names and contents of a pair's files."""
    pair = dataset.get_data_info(row)
    images = {kind: Path(pair[f"{kind}_path"]) for kind in MEMBERS if f"{kind}_path" in pair}
    for path in images.values():
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            raise ValueError(
                f"{path} is no image file by its suffix: name it .png, .tif or the like"
            )
    record: dict[str, Any] = {
        "filename": pair["pair_id"] + images["before"].suffix,
        "split": dataset.split,
        "changeflag": pair["change_flag"],
        "sentences": [{"raw": as_raw(caption)} for caption in pair["captions"]],
    }
    text = json.dumps(record, ensure_ascii=False) + "\n"
    return [
        *((f"{row:08}.{kind}{path.suffix.lower()}", path) for kind, path in images.items()),
        (f"{row:08}.json", text.encode("utf-8")),
    ]


def _content(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _size(source: Path | bytes) -> int:
    return len(source) if isinstance(source, bytes) else source.stat().st_size
