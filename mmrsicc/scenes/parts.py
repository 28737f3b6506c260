"""Parts: the result of each block as a Parquet file, which is whole or absent.

A folder of parts belongs to one run: to files, settings and models. So a stopped run
continues, and any process may write any part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow
import pyarrow.parquet
import shapely

from mmrsicc import __version__
from mmrsicc.scenes.fingerprint import Fingerprint
from mmrsicc.scenes.results import BlockResult, ChangeObject, TileFacts
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.utils.files import atomic_path

#: Version of the code that makes parts: raise it when the same files and settings give the model
#: other pixels, or make other parts, so that older ones are not reused.
_READING = 6

#: Errors that reading a damaged file may raise.
_BROKEN = (
    *(pyarrow.ArrowException, shapely.GEOSException),
    *(OSError, ValueError, KeyError, TypeError),
)

_SCHEMA = pyarrow.schema(
    {
        "shape": pyarrow.binary(),
        "found_by": pyarrow.string(),
        "caption": pyarrow.string(),
        "score": pyarrow.float64(),
        "n_best": pyarrow.string(),
        "change_probability": pyarrow.float64(),
    }
)


def describe_run(
    inputs: Sequence[Fingerprint], settings: SceneSettings, captioner: str, masker: str | None
) -> dict[str, Any]:
    """Facts that the parts depend on, as plain values.

    Args:
        inputs: What tells the files of each date from others.
        settings: How they are read and cut.
        captioner: What tells the captioner from others, such as a digest of its weights.
        masker: The same of what finds masks.
    """
    return {
        "version": __version__,
        "reading": _READING,
        "inputs": list(inputs),
        "settings": asdict(settings),
        "captioner": captioner,
        "masker": masker,
    }


def digest(run: Mapping[str, Any]) -> str:
    """A short name for a run, other for any other."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:16]


def part_path(folder: Path, block: int) -> Path:
    """File of a block."""
    return folder / f"{block:06}.parquet"


def write_part(result: BlockResult, path: Path) -> None:
    """Writes the result of a block; the file is whole or absent."""
    rows = [
        {
            **vars(found),
            "shape": shapely.to_wkb(found.shape),
            "n_best": json.dumps(found.n_best, ensure_ascii=False),
        }
        for found in result.objects
    ]
    notes = {"tiles": json.dumps([list(vars(tile).values()) for tile in result.tiles]).encode()}
    if result.mask is not None:
        notes["mask"] = cv2.imencode(".png", result.mask)[1].tobytes()
    table = pyarrow.Table.from_pylist(rows, _SCHEMA).replace_schema_metadata(notes)
    with atomic_path(path) as temporary:
        pyarrow.parquet.write_table(table, temporary)


def read_part(path: Path) -> BlockResult:
    """From :func:`write_part`.

    Raises:
        ValueError: It is damaged, or no such file; names it.
    """
    try:
        table = pyarrow.parquet.read_table(path)
        notes = table.schema.metadata
        objects = [
            ChangeObject(
                **{
                    **row,
                    "shape": shapely.from_wkb(row["shape"]),
                    "n_best": tuple((words, score) for words, score in json.loads(row["n_best"])),
                }
            )
            for row in table.select(_SCHEMA.names).to_pylist()
        ]
        tiles = [TileFacts(*fact) for fact in json.loads(notes[b"tiles"])]
        mask = None
        if b"mask" in notes:
            mask = cv2.imdecode(np.frombuffer(notes[b"mask"], np.uint8), cv2.IMREAD_UNCHANGED)
    except _BROKEN as error:
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(
            f"{path} is not as mmrsicc scene writes it ({reason:.100}): remove it, and run again"
        ) from error
    return BlockResult(objects, tiles, mask)
