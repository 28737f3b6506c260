"""Journal of tile results on disk, from which an interrupted run continues."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from mmrsicc import __version__
from mmrsicc.scenes.fingerprint import Fingerprint
from mmrsicc.scenes.results import TileResult, decode_mask
from mmrsicc.scenes.settings import SceneSettings
from mmrsicc.scenes.tiles import Tile

#: Grows whenever the same files and settings come to give the model other pixels: results of
#: before are then not used again.
_READING = 2


class Journal:
    """Appends results of tiles to a file of its own; a context manager.

    What :meth:`append` was given is on the disk when it returns.

    Args:
        path: File to append to. A last line that was cut off is dropped.

    Raises:
        BlockingIOError: Another process writes to it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(f"{path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BlockingIOError(
                f"another run is writing to {path}: wait for its end, or choose another --out"
            ) from None
        self._file = path.open("ab+")
        self._file.seek(0)
        self._file.truncate(self._file.read().rfind(b"\n") + 1)

    def append(self, results: Iterable[TileResult]) -> None:
        """Writes results."""
        self._file.write("".join(result.to_line() for result in results).encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._lock.release()


def read_results(folder: Path, tiles: Sequence[Tile] | None = None) -> dict[int, TileResult]:
    """Results of all journals in a folder by the tiles' numbers, in their order.

    A last line without an end is one that is being written, or was cut off: it does not count.

    Args:
        folder: Of the journals.
        tiles: All tiles of the run, to check that numbers and masks fit them.

    Raises:
        ValueError: If a line is damaged or of another run; names file and line.
    """
    found: dict[int, TileResult] = {}
    for path in sorted(folder.glob("*.jsonl")):
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
            where = f"{path}, line {number}"
            result = TileResult.from_line(line, where)
            if tiles is not None:
                _check_fits(result, tiles, where)
            found[result.tile] = result
    return dict(sorted(found.items()))


def _check_fits(result: TileResult, tiles: Sequence[Tile], where: str) -> None:
    try:
        if not 0 <= result.tile < len(tiles):
            raise ValueError(f"tile {result.tile} of {len(tiles)}")
        tile = tiles[result.tile]
        if result.mask is not None and decode_mask(result.mask).shape != (tile.height, tile.width):
            raise ValueError(f"the mask of tile {result.tile} has another size")
    except ValueError as error:
        raise ValueError(f"{where}: {error}: remove the file to start again") from error


def describe_run(
    inputs: Sequence[Fingerprint], settings: SceneSettings, captioner: str
) -> dict[str, Any]:
    """Facts that the tiles' captions depend on, as plain values.

    Args:
        inputs: What tells the files of each date from others.
        settings: How they are read and cut.
        captioner: What tells the captioner from others, such as a digest of its weights.
    """
    return {
        "version": __version__,
        "reading": _READING,
        "inputs": list(inputs),
        "settings": asdict(settings),
        "captioner": captioner,
    }


def digest(run: dict[str, Any]) -> str:
    """A short name for a run, other for any other."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:16]
