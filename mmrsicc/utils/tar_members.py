"""Files inside tar files, named by their place: ``train-000000.tar/0001.before.png@1536+102400``.

The numbers are where the bytes of the file begin, and how many there are. Each access opens the
tar file, so that processes share no handle.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

_PLACE = re.compile(
    r"(?P<tar>.+\.tar)[/\\](?P<name>[^/\\]+)@(?P<offset>\d{1,15})\+(?P<size>\d{1,15})", re.DOTALL
)


class Member(NamedTuple):
    """A file inside a tar file.

    Attributes:
        tar: The tar file.
        name: Its name in it, without folders.
        offset: Where its bytes begin.
        size: Their number.
    """

    tar: str
    name: str
    offset: int
    size: int

    def __str__(self) -> str:
        return f"{self.tar}/{self.name}@{self.offset}+{self.size}"


def member_of(path: str | os.PathLike[str]) -> Member | None:
    """Member that a path names; None of the path of a file."""
    found = _PLACE.fullmatch(os.fspath(path))
    if found is None:
        return None
    return Member(found["tar"], found["name"], int(found["offset"]), int(found["size"]))


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file is there, or the tar file of a member."""
    member = member_of(path)
    return Path(path if member is None else member.tar).is_file()


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """A file, or a member of a tar file, for reading.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the tar file ends before the member does.
    """
    member = member_of(path)
    if member is None:
        return Path(path).open("rb")
    if Path(member.tar).stat().st_size < member.offset + member.size:
        raise ValueError(f"{path}: {member.tar} is cut short: copy it again")
    with Path(member.tar).open("rb") as file:
        file.seek(member.offset)
        return BytesIO(file.read(member.size))


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All bytes of a file or of a member.

    Raises:
        FileNotFoundError, ValueError: As :func:`open_file`.
    """
    with open_file(path) as file:
        return file.read()


def gdal_name(path: str | os.PathLike[str]) -> str:
    """GDAL's name of a file or of a member."""
    member = member_of(path)
    if member is None:
        return os.fspath(path)
    return f"/vsisubfile/{member.offset}_{member.size},{member.tar}"
