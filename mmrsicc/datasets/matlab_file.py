"""Arrays of MATLAB files, as hyperspectral pairs with change masks are published."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from math import prod
from os import SEEK_CUR
from pathlib import Path
from struct import unpack

import numpy as np

from mmrsicc.utils.extras import import_extra

#: Bytes of a value of MATLAB's classes of real numbers.
_BYTES = {
    **{"logical": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4},
    **{"single": 4, "int64": 8, "uint64": 8, "double": 8},
}
#: Bytes that a variable can have in a file that MATLAB saves with -v7.
_MOST_BYTES = 2**31
#: Types that GeoTIFF has and our readers take; all others become float32.
_KEPT = {kind: kind for kind in ("uint8", "uint16", "int16", "uint32", "int32")}
_KEPT["logical"] = "uint8"
_KINDS = {2: "mask (H, W)", 3: "image (H, W, bands)"}
_MOST_LISTED = 8


#: Number of the type of compressed variables, and bytes that are inflated at once.
_COMPRESSED, _CHUNK = 15, 2**14


@dataclass(frozen=True)
class MatlabArray:
    """An array in a MATLAB file, not read yet.

    Attributes:
        path: The file.
        name: The variable.
        place: Number of variables before it.
        shape: Its shape.
        kind: MATLAB's class of its values.
    """

    path: Path
    name: str
    place: int
    shape: tuple[int, ...]
    kind: str

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"

    @property
    def bytes(self) -> int:
        """Bytes of its values, as far as the file's head says."""
        return prod(self.shape) * _BYTES[self.kind]


def find_array(text: str, dims: int) -> MatlabArray:
    """The array that ``FILE.mat`` or ``FILE.mat:VARIABLE`` names; only heads are read.

    Args:
        text: The file and, where it has several such arrays, the variable.
        dims: 3 for an image (H, W, bands), 2 for a mask (H, W).

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, of MATLAB's version 7.3, or lacks the array; the message lists
            its variables.
    """
    named = re.fullmatch(r"(.*\.mat):(\w+)", text, re.IGNORECASE)
    path, name = (Path(named[1]), named[2]) if named else (Path(text), "")
    found = _variables(path)
    fitting = [array for array in found if len(array.shape) == dims and array.kind in _BYTES]
    chosen = [array for array in fitting if array.name == name] if name else fitting
    if not chosen or (not name and len(chosen) > 1):
        # Names are bytes of the file, of any length.
        listed = [f"{v.name!r:.64} {v.shape!s:.64} {v.kind}" for v in found[:_MOST_LISTED]]
        there = ", ".join(listed) + (", ..." if len(found) > _MOST_LISTED else "")
        count = f"{len(chosen)} times" if chosen else "no"
        called = f" called {name}" if name else ""
        raise ValueError(
            f"{path} has {count} {_KINDS[dims]} of numbers{called}: name one as {path}:VARIABLE. "
            f"It has {there or 'no variables'}"
        )
    # Of several of one name, SciPy reads the first.
    array = chosen[0]
    if min(array.shape) < 1 or array.bytes > _MOST_BYTES:
        raise ValueError(f"{array} says it is {array.shape} {array.kind}, which no such file holds")
    return array


def read_array(array: MatlabArray) -> np.ndarray:
    """Values of an array, in a type that GeoTIFF has: doubles become float32, as models read them.

    Raises:
        ValueError: It is damaged, or its numbers are complex.
    """
    try:
        _check_inflated(array)
        values = import_extra("scipy.io").loadmat(
            array.path, appendmat=False, variable_names=[array.name]
        )[array.name]
    except Exception as error:  # SciPy raises many types of errors for damaged files.
        raise ValueError(f"{array} is damaged ({error}): copy it again") from error
    if values.shape != array.shape or values.dtype.kind not in "buif":
        raise ValueError(f"{array} holds {values.dtype} {values.shape}: give real numbers")
    # By the class, not as stored: doubles that are whole numbers are stored as integers.
    return values.astype(_KEPT.get(array.kind, "float32"), copy=False)


def _variables(path: Path) -> list[MatlabArray]:
    """All variables of a file, in its order."""
    with path.open("rb"):  # SciPy would look for further names.
        scipy = import_extra("scipy.io")
    try:
        heads = scipy.whosmat(path, appendmat=False)
    except NotImplementedError as error:
        raise ValueError(
            f"{path} is of MATLAB's version 7.3 (HDF5): save its variables in MATLAB or Octave "
            "with save(..., '-v7')"
        ) from error
    except Exception as error:  # SciPy raises many types of errors for damaged files.
        raise ValueError(
            f"{path} is no MATLAB file, or is damaged ({error}): copy it again"
        ) from error
    return [
        MatlabArray(path, name, place, tuple(int(n) for n in shape), kind)
        for place, (name, shape, kind) in enumerate(heads)
    ]


def _check_inflated(array: MatlabArray) -> None:
    """Refuses a compressed variable that is larger than it says: SciPy inflates it first.

    Raises:
        ValueError: It is.
    """
    with array.path.open("rb") as file:
        if import_extra("scipy.io.matlab").matfile_version(file)[0] != 1:
            return  # Of version 4, which compresses nothing.
        file.seek(126)
        order = "<II" if file.read(2) == b"IM" else ">II"
        kind, left = unpack(order, file.read(8))
        for _ in range(array.place):
            file.seek(left, SEEK_CUR)
            kind, left = unpack(order, file.read(8))
        if kind != _COMPRESSED:
            return
        inflating, total = zlib.decompressobj(), 0
        while chunk := file.read(min(left, _CHUNK)):
            left -= len(chunk)
            total += len(inflating.decompress(chunk))
            if total > array.bytes + _CHUNK:
                raise ValueError(f"more than the {array.bytes} bytes of {array.shape}")
