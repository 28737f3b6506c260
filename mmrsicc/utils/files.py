"""Atomic writing of files: whole or absent."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place once the block ends well.

    An interrupted or failed block leaves the old file, or none, and no litter. The content is on
    the disk before the name is, so that a power failure leaves no empty file either. A link is
    replaced, and what it leads to stays as it is.

    Raises:
        ValueError: There is a folder or device of that name.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        raise ValueError(f"{path} is no file: name a file to write")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:  # It names the temporary file, which nobody asked for.
        raise OSError(error.errno, error.strerror, str(target)) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp creates private files; the result gets the mode of open().
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        _flush(temporary)
        temporary.replace(target)
        _flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_unused(out: Path, used: Iterable[str | os.PathLike[str]]) -> None:
    """Checks that a file to be written is none of those that a command uses.

    Raises:
        ValueError: If it is one.
    """
    if out.resolve() in {Path(path).resolve() for path in used}:
        raise ValueError(f"{out} would be overwritten, but it is used here: name another file")


def _flush(path: Path) -> None:
    """Waits until a file's content, whoever wrote it, is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk, if the system supports it."""
    if os.name == "nt":  # Windows cannot open folders, and needs no flush of names.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # Some file systems of virtual machines do not.
            os.fsync(handle)
    finally:
        os.close(handle)


def leaves_folder(name: str) -> bool:
    """Whether a path from a file leads out of its base folder.

    Told by its text alone, and for every system at once: ``../x``, ``/x``, ``C:/x``, ``C:x``. Links
    in the folder are its owner's, and followed.
    """
    first, *others = re.split(r"[/\\]", name)
    absolute = not first or re.match("[A-Za-z]:", first) is not None
    return absolute or ".." in (first, *others) or "\0" in name
