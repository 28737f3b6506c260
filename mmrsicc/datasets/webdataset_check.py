"""Compares WebDataset shards with their index, for :mod:`mmrsicc.datasets.verify`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from mmrsicc.datasets.caption_file import CaptionRecord
from mmrsicc.datasets.faults import Fault
from mmrsicc.datasets.manifest import members_of
from mmrsicc.datasets.webdataset import read_shard, shards_in


def check_index(
    index: Path, records: Sequence[CaptionRecord], kinds: Collection[str]
) -> tuple[list[Fault], list[CaptionRecord]]:
    """Faults of the shards beside an index, and the records whose images can be read.

    Args:
        index: The file.
        records: What it says.
        kinds: Which images each pair must have.
    """
    faults, sound = [], []
    by_shard: dict[str, list[CaptionRecord]] = {}
    for record in records:
        if lacking := [kind for kind in kinds if kind not in record.members]:
            told = f"{index}: pair {record.pair_id} has no {lacking[0]}: add it, or leave them out"
            faults.append(Fault("missing image", told))
        else:
            shard = record.members["before"].rpartition("/")[0]
            by_shard.setdefault(shard, []).append(record)
    for name, known in by_shard.items():
        if (fault := _shard_fault(index, name, known)) is None:
            sound += known
        else:
            faults.append(fault)
    for path in shards_in(index.parent):
        if path.name not in by_shard:
            told = f"{path} is not in {index}: run `mmrsicc webdataset {index.parent}`"
            faults.append(Fault("shard without index", told))
    return faults, sound


def _shard_fault(index: Path, name: str, known: Sequence[CaptionRecord]) -> Fault | None:
    """Fault of a shard, None if it has none."""
    shard = index.parent / name
    if not shard.is_file():
        return Fault("missing shard", f"no shard {shard}, which {index} names: copy it")
    try:
        pairs = read_shard(shard)
    except ValueError as error:
        return Fault("damaged shard", str(error))
    there = [_facts(pair.record, members_of(pair.row)) for pair in pairs]
    if there == [_facts(record, record.members) for record in known]:
        return None
    told = f"{shard} has other pairs than {index} says: run `mmrsicc webdataset {index.parent}`"
    return Fault("shard against index", told)


def _facts(record: CaptionRecord, members: Any) -> tuple[Any, ...]:
    return record.filename, record.split, record.captions, record.change_flag, dict(members)
