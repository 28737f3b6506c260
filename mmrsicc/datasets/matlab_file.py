"""Arrays of numbers in MATLAB files of versions 5 to 7, as hyperspectral pairs are published.

SciPy reads such files, but a damaged one can crash it, and it inflates a variable before it looks
at its size. Format: "MAT-File Format", MathWorks.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from os import SEEK_END
from pathlib import Path
from struct import error as StructError
from struct import unpack_from
from typing import BinaryIO

import numpy as np

_HEADER = 128
#: Bytes that are read of each variable, for all before its values; and of what is inflated.
_HEAD, _CHUNK = 1024, 2**14
_COMPRESSED = 15
_COMPLEX, _LOGICAL = 0x0800, 0x0200
#: MATLAB's classes of numbers, and the types that their values are stored in.
_CLASSES = {
    **{6: "double", 7: "single", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16"},
    **{12: "int32", 13: "uint32", 14: "int64", 15: "uint64"},
}
_TYPES = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"},
    **{7: "f4", 9: "f8", 12: "i8", 13: "u8"},
}
#: Types of values that GeoTIFF has and our readers take; others become float32.
_KEPT = {kind: kind for kind in ("uint8", "uint16", "int16", "uint32", "int32")}
_KEPT["logical"] = "uint8"
#: Bytes that a variable of these versions can have.
_MOST_BYTES = 2**31
_KINDS = {2: "mask (H, W)", 3: "image (H, W, bands)"}
_MOST_LISTED = 8


@dataclass(frozen=True)
class MatlabArray:
    """A variable of a MATLAB file, whose values are not read yet.

    Attributes:
        path: The file.
        name: The variable.
        shape: Its shape; empty where it is no array of real numbers.
        kind: MATLAB's class of its values.
        place: Where it begins in the file.
        compressed: Whether it is.
        start: Bytes from there, once inflated, to its values.
        bytes: Bytes of the values as stored.
        stored: NumPy's name of their type.
    """

    path: Path
    name: str
    shape: tuple[int, ...] = ()
    kind: str = "no real numbers"
    place: int = 0
    compressed: bool = False
    start: int = 0
    bytes: int = 0
    stored: str = "u1"

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


def find_array(text: str, dims: int) -> MatlabArray:
    """The array that ``FILE.mat`` or ``FILE.mat:VARIABLE`` names; only heads are read.

    Args:
        text: The file and, where it has several such arrays, the variable.
        dims: 3 for an image (H, W, bands), 2 for a mask (H, W).

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, of another version, or lacks the array; the message lists its
            variables.
    """
    named = re.fullmatch(r"(.*\.mat):(\w+)", text, re.IGNORECASE)
    path, name = (Path(named[1]), named[2]) if named else (Path(text), "")
    with path.open("rb") as file:
        try:
            found = list(_variables(path, file))
        except (StructError, zlib.error) as error:
            raise ValueError(f"{path} is damaged ({error}): copy it again") from error
    fitting = [array for array in found if len(array.shape) == dims]
    chosen = [array for array in fitting if array.name == name] if name else fitting
    if len(chosen) != 1:
        # Names are bytes of the file, of any length.
        listed = [f"{v.name!r:.64} {v.shape!s:.64} {v.kind}" for v in found[:_MOST_LISTED]]
        there = ", ".join(listed) + (", ..." if len(found) > _MOST_LISTED else "")
        count = f"{len(chosen)} times" if chosen else "no"
        called = f" called {name}" if name else ""
        raise ValueError(
            f"{path} has {count} {_KINDS[dims]} of numbers{called}: name one as {path}:VARIABLE. "
            f"It has {there or 'no variables'}"
        )
    array = chosen[0]
    size = np.dtype(array.stored).itemsize
    if min(array.shape) < 1 or prod(array.shape) * size != array.bytes:
        raise ValueError(
            f"{array} is damaged ({array.shape} in {array.bytes} bytes): copy it again"
        )
    if array.bytes > _MOST_BYTES:
        raise ValueError(f"{array} says it has {array.bytes} bytes, which no such file holds")
    return array


def read_array(array: MatlabArray) -> np.ndarray:
    """Values of an array, in a type that GeoTIFF has: doubles become float32, as models read them.

    Raises:
        ValueError: It is damaged.
    """
    end = array.start + array.bytes
    with array.path.open("rb") as file:
        file.seek(array.place)
        try:
            content = _inflated(file, end) if array.compressed else _taken(file, end)
        except (ValueError, zlib.error) as error:
            raise ValueError(f"{array} is damaged ({error}): copy it again") from error
    values = np.frombuffer(content, array.stored, prod(array.shape), array.start)
    # By the class, not as stored: doubles that are whole numbers are stored as integers.
    kept = _KEPT.get(array.kind, "float32")
    with np.errstate(over="ignore"):  # Infinite values are no data.
        return values.reshape(array.shape, order="F").astype(kept, copy=False)


def _variables(path: Path, file: BinaryIO) -> Iterator[MatlabArray]:
    """Variables of a file, in its order."""
    header = file.read(_HEADER)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:], "")
    version = unpack_from(f"{order}H", header, 124)[0] >> 8 if order else 0
    if version == 2:
        raise ValueError(
            f"{path} is of MATLAB's version 7.3 (HDF5): save its variables in MATLAB or Octave "
            "with save(..., '-v7')"
        )
    if version != 1:
        raise ValueError(f"{path} is no MATLAB file of versions 5 to 7, or is damaged")
    while tag := file.read(8):
        kind, size = unpack_from(f"{order}II", tag)
        place = file.tell()
        head = file.read(min(size, _HEAD))
        if compressed := kind == _COMPRESSED:
            head = zlib.decompressobj().decompress(head, _HEAD)
        yield _described(MatlabArray(path, "", place=place, compressed=compressed), head, order)
        file.seek(place + size)


def _described(array: MatlabArray, head: bytes, order: str) -> MatlabArray:
    """A variable with what its head says: class, shape, name, and where its values are."""
    # Its own tag is inflated with a compressed variable.
    _, start, _, after = _element(head, 8 * array.compressed, order)
    flags = unpack_from(f"{order}I", head, start)[0]
    _, start, size, after = _element(head, after, order)
    shape = unpack_from(f"{order}{size // 4}i", head, start)
    _, start, size, after = _element(head, after, order)
    array = replace(array, name=head[start : start + size].decode("latin-1"))
    # What MATLAB keeps of functions is an array without a name.
    if flags & 0xFF not in _CLASSES or flags & _COMPLEX or not array.name.isidentifier():
        return array
    stored, start, size, _ = _element(head, after, order)
    if stored not in _TYPES:
        return array
    return replace(
        array,
        shape=shape,
        kind="logical" if flags & _LOGICAL else _CLASSES[flags & 0xFF],
        start=start,
        bytes=size,
        stored=order + _TYPES[stored],
    )


def _element(head: bytes, place: int, order: str) -> tuple[int, int, int, int]:
    """Type of an element, where its content begins, its bytes, and where the next one begins."""
    kind, size = unpack_from(f"{order}II", head, place)
    if kind >> 16:  # Up to four bytes lie within the tag.
        return kind & 0xFFFF, place + 4, kind >> 16, place + 8
    return kind, place + 8, size, place + 8 + size + -size % 8


def _taken(file: BinaryIO, count: int) -> bytes:
    """The next bytes of a file.

    Raises:
        ValueError: It has fewer; nothing is read then.
    """
    place = file.tell()
    if file.seek(0, SEEK_END) < place + count:
        raise ValueError("cut short")
    file.seek(place)
    return file.read(count)


def _inflated(file: BinaryIO, most: int) -> bytearray:
    """Inflated content of what is compressed at a place of a file.

    Raises:
        ValueError: It is cut short, or larger than a variable of so many bytes.
    """
    inflating, content = zlib.decompressobj(), bytearray()
    while not inflating.eof:
        if not (chunk := file.read(_CHUNK)):
            raise ValueError("cut short")
        content += inflating.decompress(chunk)
        if len(content) > most + _CHUNK:
            raise ValueError("larger than it says")
    if len(content) < most:
        raise ValueError("cut short")
    return content
