"""Captions of many pairs in parts: a share of the pairs is a Parquet file, whole or absent.

For queues: each job does a share, and whoever comes last merges. A folder holds the parts of one
run; what the sentences depend on stands in each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmrsicc.apis.caption_log import Pair, is_newer
from mmrsicc.utils.files import atomic_path

#: Decimals of scores and probabilities. Further decimals depend on the other pairs of a batch,
#: and so on the number of shares.
_DECIMALS = 4

#: Name of the merged table.
MERGED = "captions.parquet"


def part_path(folder: Path, number: int, shares: int) -> Path:
    """File of a share; shares are counted from 1."""
    return folder / f"pairs-{number:05}-of-{shares:05}.parquet"


def write_part(
    path: Path, facts: Mapping[str, Any], records: Iterable[tuple[int, Mapping[str, Any]]]
) -> None:
    """Writes the captions of a share; the file is whole or absent.

    Args:
        path: From :func:`part_path`.
        facts: What the sentences depend on, see
            :func:`mmrsicc.apis.caption_log.captioning_facts`, and of which pairs they are, see
            :func:`mmrsicc.apis.caption_log.places_digest`.
        records: Place of each pair among all, from 0, and its record: ``id`` and
            :meth:`mmrsicc.apis.CaptionResult.to_dict`.
    """
    import pyarrow
    import pyarrow.parquet

    rows = [
        {
            "number": number,
            **{name: record[name] for name in ("id", "before", "after", "caption", "error")},
            "score": _rounded(record["score"]),
            "change_probability": _rounded(record["change_probability"]),
            "n_best": json.dumps([[words, _rounded(score)] for words, score in record["n_best"]]),
        }
        for number, record in records
    ]
    kinds: dict[str, Any] = {"number": pyarrow.int64()}
    kinds |= dict.fromkeys(("id", "before", "after", "caption", "error"), pyarrow.string())
    kinds |= dict.fromkeys(("score", "change_probability"), pyarrow.float64())
    schema = pyarrow.schema({**kinds, "n_best": pyarrow.string()})
    table = pyarrow.Table.from_pylist(rows, schema)
    with atomic_path(path) as temporary:
        pyarrow.parquet.write_table(
            table.replace_schema_metadata({"facts": json.dumps(facts)}), temporary
        )


def has_part(path: Path, facts: Mapping[str, Any], pairs: Mapping[str, Pair]) -> bool:
    """Whether a share's file is there, newer than its images, with a sentence for each pair.

    Args:
        path: From :func:`part_path`.
        facts: What the sentences of this run depend on, as for :func:`write_part`.
        pairs: The share's, by their names, in their order.

    Raises:
        ValueError: It is damaged, or was written with other facts or for other pairs.
    """
    import pyarrow
    import pyarrow.parquet

    if not path.exists():
        return False
    try:
        table = pyarrow.parquet.read_table(path, columns=["id", "error"])
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{path} is damaged: remove it, and run its shard again") from error
    written = json.loads((table.schema.metadata or {}).get(b"facts", b"null"))
    if written != facts or table["id"].to_pylist() != list(pairs):
        raise ValueError(
            f"{path} was written by another model, with other settings or for other pairs: remove "
            "it, or choose another --out"
        )
    time = path.stat().st_mtime
    if any(is_newer(pair, time) for pair in pairs.values()):
        return False
    return table["error"].null_count == len(table)


def merge_parts(folder: Path) -> Path:
    """Writes the table of all pairs, ``captions.parquet``, in their order.

    Returns:
        Its file.

    Raises:
        FileNotFoundError: There are no parts, or some are missing; names them.
        ValueError: Parts are damaged, or of other runs; names one.
    """
    import pyarrow
    import pyarrow.parquet

    paths = sorted(folder.glob("pairs-*-of-*.parquet"))
    if not paths:
        raise FileNotFoundError(f"no parts at {folder}: run mmrsicc caption --shard there first")
    shares = int(paths[0].stem.rpartition("-")[2])
    wanted = [part_path(folder, i + 1, shares) for i in range(shares)]
    if other := set(paths) - set(wanted):
        raise ValueError(
            f"{min(other)} belongs to another number of shares: remove the parts of one of them"
        )
    if missing := [path.name for path in wanted if path not in paths]:
        some = missing[0] + (", ..." if len(missing) > 1 else "")
        raise FileNotFoundError(
            f"{len(missing)} of {shares} parts are missing in {folder} ({some}): run "
            "mmrsicc caption again with the shards that did not finish"
        )
    tables = []
    for path in paths:
        try:
            tables.append(pyarrow.parquet.read_table(path))
        except (pyarrow.ArrowException, OSError) as error:
            raise ValueError(f"{path} is damaged: remove it, and run its shard again") from error
        if tables[-1].schema != tables[0].schema or (
            tables[-1].schema.metadata != tables[0].schema.metadata
        ):
            raise ValueError(f"{path} is of another run than {paths[0].name}: remove one of them")
    table = pyarrow.concat_tables(tables).sort_by("number").combine_chunks()
    with atomic_path(folder / MERGED) as temporary:
        pyarrow.parquet.write_table(table, temporary)
    return folder / MERGED


def count_errors(path: Path) -> int:
    """Number of pairs in a table of captions that could not be captioned."""
    import pyarrow.parquet

    errors = pyarrow.parquet.read_table(path, columns=["error"])["error"]
    return len(errors) - errors.null_count


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
