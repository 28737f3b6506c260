"""Arrays in memory that the workers of a data loader share."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from multiprocessing import Lock
from struct import Struct
from typing import Any

import numpy as np

#: Formats: end of the last entry; and per entry the sizes of its description and its arrays.
_END, _SIZES = Struct("<Q"), Struct("<QQ")


class SharedArrays:
    """Arrays by name in memory that is shared with all processes forked after it was made.

    One entry after the other: a description in JSON, then the arrays. Entries are only added, up to
    a limit, so that what a process once found stays where it is; each process reads what the others
    added since it last looked. Memory is taken as it is filled. A process that is not forked but
    restarted gets an empty one of its own.

    Args:
        max_bytes: Most bytes of all entries.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._memory = mmap.mmap(-1, max(max_bytes, _END.size))
        _END.pack_into(self._memory, 0, _END.size)
        self._read_to = _END.size
        self._places: dict[str, tuple[dict[str, Any], int]] = {}

    def __reduce__(self) -> tuple[type[SharedArrays], tuple[int]]:
        return SharedArrays, (self._max_bytes,)

    def get(self, name: str) -> dict[str, np.ndarray] | None:
        """Copies of the arrays of a name, or None."""
        if name not in self._places:
            self._look()
        if name not in self._places:
            return None
        described, place = self._places[name]
        arrays = {}
        for key, (kind, shape) in described.items():
            array: np.ndarray = np.ndarray(shape, np.dtype(kind), self._memory, place)
            arrays[key] = array.copy()
            place += array.nbytes
        return arrays

    def add(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps arrays, if they fit and the name is new."""
        described = {key: (array.dtype.str, array.shape) for key, array in arrays.items()}
        head = json.dumps([name, described]).encode()
        size = sum(array.nbytes for array in arrays.values())
        with self._lock:
            self._read_new()
            place = self._read_to + _SIZES.size + len(head)
            if name in self._places or place + size > len(self._memory):
                return
            _SIZES.pack_into(self._memory, self._read_to, len(head), size)
            self._memory[self._read_to + _SIZES.size : place] = head
            for array in arrays.values():
                self._memory[place : place + array.nbytes] = np.ascontiguousarray(array).tobytes()
                place += array.nbytes
            # Last, so that a process killed before leaves no partial entry.
            _END.pack_into(self._memory, 0, place)
            self._read_new()

    def _look(self) -> None:
        with self._lock:
            self._read_new()

    def _read_new(self) -> None:
        """Notes the entries that were added since the last time."""
        (end,) = _END.unpack_from(self._memory, 0)
        while self._read_to < end:
            head, size = _SIZES.unpack_from(self._memory, self._read_to)
            start = self._read_to + _SIZES.size
            name, described = json.loads(self._memory[start : start + head])
            self._places[name] = described, start + head
            self._read_to = start + head + size
