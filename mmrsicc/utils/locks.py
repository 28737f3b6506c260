"""Folders that one process at a time writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

#: Lock file of a folder; that of a killed process stays, unlocked.
LOCK_FILE = ".lock"


@contextmanager
def only_writer(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Keeps a folder for one process; the system frees the lock of one that died.

    Raises:
        ValueError: If another process holds it.
    """
    lock = FileLock(Path(folder) / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"{folder} is being written by another process: wait for it") from None
    try:
        yield
    finally:
        # A data set must not contain it. Windows can remove it only after release.
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()
