"""Downloads: resumable, checked, and whole or absent.

huggingface_hub fetches from one host and compares no checksums; this takes any address.
"""

from __future__ import annotations

import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from mmrsicc.utils.provenance import sha256 as sha256_of

#: Called with the number of bytes so far, and the total or None if unknown.
Progress = Callable[[int, int | None], None]

_BLOCK = 1 << 20
_TIMEOUT_SECONDS = 60
#: Maximum number of consecutive failures without a new byte.
_MOST_BREAKS = 5
#: Seconds to wait after the first failure; doubled after each further one.
_PAUSE_SECONDS = 2.0


def download(
    url: str,
    path: str | os.PathLike[str],
    size: int | None = None,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Downloads a file, or resumes an interrupted download.

    What has come so far lies beside it as ``.NAME.part``; the file gets its name once all is there
    and right. A later run resumes it where the SHA-256 is known. A file that is there already is
    checked and kept.

    Args:
        url: Its address.
        path: Where it goes.
        size: Its bytes; None: what the server says.
        sha256: Its SHA-256; None: not known.
        progress: Called with each block.

    Raises:
        ValueError: If what came, or what is there, is another file.
        OSError: If the server cannot be reached or has no such file, or the disk has no room.
    """
    target = Path(path)
    if target.exists():
        check(target, size, sha256)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    if sha256 is None:
        # Nothing would show that an earlier run had begun another file.
        part.unlink(missing_ok=True)
    breaks, before = 0, -1
    while not _fetch(url, part, size, progress):
        there = part.stat().st_size if part.exists() else 0
        breaks, before = (0 if there > before else breaks + 1), there
        if breaks >= _MOST_BREAKS:
            raise ConnectionError(
                f"{url} broke off at {there:,} bytes {breaks} times: run the command again later "
                "to continue"
            )
        time.sleep(breaks * _PAUSE_SECONDS)
    try:
        check(part, size, sha256)
    except ValueError as error:
        part.unlink()
        raise ValueError(f"{error} (from {url})") from error
    part.replace(target)
    return target


def check(path: Path, size: int | None, sha256: str | None) -> None:
    """Raises ``ValueError`` unless a file has a size and a SHA-256, where these are known."""
    there = path.stat().st_size
    if size is not None and there != size:
        raise ValueError(
            f"{path} has {there:,} bytes, but the published file {size:,}: remove it and download "
            "it again"
        )
    if sha256 is None:
        return
    if (found := sha256_of(path)) != sha256:
        raise ValueError(
            f"{path} has the SHA-256 {found}, but the published file {sha256}: remove it and "
            "download it again; if it stays so, its authors replaced the file"
        )


def _fetch(url: str, part: Path, size: int | None, progress: Progress | None) -> bool:
    """Appends what is missing to a part; False if the connection broke."""
    there = part.stat().st_size if part.exists() else 0
    if size is not None and there >= size:
        return True  # The size check finds a file that is too long.
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            if answer.status != 206:
                there = 0  # The server ignores the range and sends the whole file.
            length = answer.headers.get("Content-Length")
            whole = size if length is None else there + int(length)
            _check_room(part, (whole or there) - there)
            with part.open("ab" if there else "wb") as file:
                _copy(answer, file, there, whole, progress)
    except urllib.error.HTTPError as error:
        if error.code == 416 and size is None:
            return True  # The file is complete.
        raise OSError(f"{url}: {error.code} {error.reason}: check the address") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError | ConnectionError):
            return False
        raise OSError(f"{url} cannot be reached ({error.reason}): check the network") from error
    except (http.client.IncompleteRead, ConnectionError, TimeoutError):
        return False
    return whole is None or part.stat().st_size >= whole


def _copy(
    answer: http.client.HTTPResponse,
    file: BinaryIO,
    there: int,
    whole: int | None,
    progress: Progress | None,
) -> None:
    while block := answer.read(_BLOCK):
        file.write(block)
        there += len(block)
        if progress is not None:
            progress(there, whole)


def _check_room(part: Path, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise OSError(
            f"{missing:,} bytes are missing for {part.parent}, where {free:,} are free: free some, "
            "or choose another folder"
        )
