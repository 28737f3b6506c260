"""Both formats of PyTorch's files: the pickle in them, inert, and the numbers of tensors."""

import mmap
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol, cast

import torch
from torch import Tensor

from mmrsicc.converters.inert_pickle import Storage, read_pickle

_DTYPES = {
    "torch.DoubleStorage": torch.float64,
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}

#: Header of the format before PyTorch 1.6, each entry a separate pickle.
_OLD_MAGIC, _OLD_VERSION = 0x1950A86A20F9469CFC6C, 1001

_BYTE_ORDER = sys.byteorder.encode()


class WeightFile(Protocol):
    """A file of PyTorch's, open.

    Attributes:
        content: What was saved, see :mod:`mmrsicc.converters.inert_pickle`.
    """

    content: Any

    def numbers(self, storage: Storage) -> Tensor:
        """The numbers (N,) of a storage, on the CPU.

        Raises:
            ValueError: If they are not in the file, of another number, or of an unknown type.
        """


@contextmanager
def open_weights(path: str | Path) -> Iterator[WeightFile]:
    """Opens a file that ``torch.save`` wrote, of any version from 0.4 on.

    Raises:
        ValueError: If its pickle is refused, or it is no such file. What is damaged may raise
            anything, here or when it is used.
    """
    with Path(path).open("rb") as file:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                yield _Zipped(archive, Path(path).stat().st_size)
        elif not file.seek(0, 2):
            raise ValueError("it is empty")
        else:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield _Old(content)


class _Zipped:
    """The format since PyTorch 1.6: a pickle, and a file per storage."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        names = archive.namelist()
        folders = [name.removesuffix("/data.pkl") for name in names if name.endswith("/data.pkl")]
        if len(folders) != 1 or f"{folders[0]}/constants.pkl" in names:
            raise ValueError("it is a zip file, but none of weights (a TorchScript program?)")
        self._archive, self._folder, self._left = archive, folders[0], size
        if f"{self._folder}/byteorder" in names and self._read("byteorder") != _BYTE_ORDER:
            raise ValueError("it was written on a machine of another byte order")
        self.content = read_pickle(BytesIO(self._read("data.pkl")))

    def numbers(self, storage: Storage) -> Tensor:
        return _tensor(storage, self._read(f"data/{storage.key}"))

    def _read(self, name: str) -> bytes:
        """A file of the archive; all of them together are no larger than the archive."""
        info = self._archive.getinfo(f"{self._folder}/{name}")
        self._left -= info.file_size
        if self._left < 0:
            raise ValueError("it is packed, so that it holds more than its size")
        return self._archive.read(info)


class _Old:
    """The format before PyTorch 1.6: pickles one after the other, then the storages."""

    def __init__(self, content: mmap.mmap) -> None:
        stream = cast(IO[bytes], content)
        if content[:1] != b"\x80" or read_pickle(stream) != _OLD_MAGIC:
            raise ValueError("it is no file of PyTorch's, or not all of one")
        if read_pickle(stream) != _OLD_VERSION or not read_pickle(stream)["little_endian"]:
            raise ValueError("its version or byte order is not known")
        storages: dict[str, Storage] = {}
        self.content = read_pickle(stream, storages)
        self._bytes = content
        self._places: dict[str, slice] = {}
        keys = read_pickle(stream)
        place = content.tell()
        for key in keys:
            _, size = _dtype_and_size(storages[key])
            # The elements follow their number.
            self._places[key] = slice(place + 8, place + 8 + size)
            place += 8 + size

    def numbers(self, storage: Storage) -> Tensor:
        return _tensor(storage, self._bytes[self._places[storage.key]])


def _dtype_and_size(storage: Storage) -> tuple[torch.dtype, int]:
    """Type of a storage's numbers, and how many bytes they are."""
    if storage.kind not in _DTYPES or storage.view is not None:
        raise ValueError(f"it holds tensors of a kind that is not known, {storage.kind}")
    dtype = _DTYPES[storage.kind]
    return dtype, storage.numel * dtype.itemsize


def _tensor(storage: Storage, content: bytes) -> Tensor:
    dtype, size = _dtype_and_size(storage)
    if len(content) != size:
        raise ValueError(f"it holds {len(content)} bytes where {size} are announced")
    if not content:
        return torch.empty(0, dtype=dtype)
    # A copy: PyTorch has no tensors that must not be written to.
    return torch.frombuffer(bytearray(content), dtype=dtype)
