"""Fingerprint of the files of one date: by their content, never their names."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.scenes.opening import unsigned
from mmrsicc.scenes.raster import Raster

#: Content of a fingerprint, as plain values.
Fingerprint = dict[str, Any]

#: Maximum number of bytes read per date, and per read.
_BUDGET = 256 * 2**20
_BLOCK = 2**16

#: Windows per edge, and their edge in pixels, for rasters whose files are not on disk.
_SAMPLES, _SAMPLE_EDGE = 4, 64


def fingerprint(raster: Raster) -> Fingerprint:
    """Fingerprint of the files of a date.

    It sees, for each file and all that GDAL reads beside it (world files, masks, pyramids,
    ``.aux.xml``, sources of a VRT and theirs):

    - the size and every byte, up to 256 MiB for all files of the date together;
    - of a file above its share of that: the size, the time of its last change, and blocks of
      64 KiB evenly spread from its first to its last byte;
    - of ``.aux.xml``: all but statistics and histograms, which viewers write at a look;
    - of files that are not on this machine's disks (``/vsicurl/``, archives): their names without
      the signature of an address, and the pixels of 16 windows.

    And for each raster: grid, types, no-data values and masks as GDAL understands them. So a
    copied, renamed or moved scene is the same one, a large one if its times are kept. A large file
    that was changed between the blocks alone, with its size and time kept, passes for the old one.
    """
    files = list(dict.fromkeys(file for data in raster.datasets for file in all_files(data)))
    share = _share([Path(file).stat().st_size for file in files if _is_here(file)])
    facts = [_file_facts(file, share) for file in files]
    here = all(_is_here(file) for file in files)
    return {
        "rasters": [_raster_facts(dataset) for dataset in raster.datasets],
        "files": [fact for fact in facts if fact],
        "pixels": None if here else _sampled_pixels(raster),
    }


def all_files(dataset: Any) -> list[str]:
    """Files of a dataset, with those beside the sources of a VRT, and their sources in turn."""
    found: dict[str, None] = dict.fromkeys(dataset.files)
    waiting = list(dataset.files) if dataset.driver == "VRT" else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        for file in waiting:  # The list grows in the loop.
            try:
                with rasterio.open(file) as source:
                    new = [name for name in source.files if name not in found]
                    waiting += new if source.driver == "VRT" else []
            except gdal_errors():  # A sidecar file, not a raster.
                continue
            found |= dict.fromkeys(new)
    return list(found)


def _share(sizes: Iterable[int]) -> int:
    """Maximum number of bytes read per file: what small ones leave over is for the large ones."""
    left, waiting = _BUDGET, sorted(sizes)
    while waiting and waiting[0] <= left // len(waiting):
        left -= waiting.pop(0)
    return left // len(waiting) if waiting else _BUDGET


def _is_here(name: str) -> bool:
    """Whether a name is that of a local file."""
    try:
        return Path(name).is_file()
    except OSError:  # Too long: the name may be the text of a VRT.
        return False


def _raster_facts(dataset: Any) -> list[Any]:
    # A subdataset's name, such as NETCDF:a.nc:red, names the part of the file.
    part = None if _is_here(dataset.name) else _sha256([unsigned(dataset.name).encode()])
    masks = [[flag.name for flag in flags] for flags in dataset.mask_flag_enums]
    bands = [*zip(dataset.dtypes, map(str, dataset.nodatavals), masks, strict=True)]
    crs = dataset.crs.to_wkt() if dataset.crs else None
    return [part, dataset.width, dataset.height, crs, list(dataset.transform)[:6], bands]


def _file_facts(file: str, share: int) -> list[Any] | None:
    """Size, content and, where that is sampled, time of change; None if there is nothing in it."""
    if not _is_here(file):
        return [_sha256([unsigned(file).encode()])]
    if file.endswith(".aux.xml"):
        notes = _without_statistics(Path(file).read_bytes())
        return [_sha256([notes])] if notes else None
    status = Path(file).stat()
    size = status.st_size
    sampled = size > max(share, 2 * _BLOCK)
    starts: Iterable[int] = range(0, size, _BLOCK)
    if sampled:
        blocks = max(share // _BLOCK, 2)
        starts = np.linspace(0, size - _BLOCK, blocks).astype(int).tolist()
    content = _sha256(_read_blocks(file, starts))
    return [size, content, status.st_mtime_ns] if sampled else [size, content]


def _read_blocks(file: str, starts: Iterable[int]) -> Iterator[bytes]:
    with Path(file).open("rb") as stream:
        for start in starts:
            stream.seek(start)
            yield stream.read(_BLOCK)


def _without_statistics(content: bytes) -> bytes:
    """GDAL's own notes on a raster without what a viewer adds; empty if nothing else is there."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return content
    _prune(root)
    return ElementTree.tostring(root) if len(root) else b""


def _prune(parent: ElementTree.Element) -> None:
    """Takes out statistics, and elements that hold nothing any more."""
    for child in list(parent):
        _prune(child)
        statistic = child.get("key", "").startswith("STATISTICS_")
        empty = child.tag in ("Metadata", "PAMRasterBand") and not len(child)
        if child.tag == "Histograms" or statistic or empty:
            parent.remove(child)


def _sampled_pixels(raster: Raster) -> str:
    """SHA-256 of windows that are evenly spread over a raster."""
    as_stored = raster.on_grid(raster.stored)
    width, height = (min(_SAMPLE_EDGE, v) for v in (raster.stored.width, raster.stored.height))
    columns, rows = (
        np.linspace(0, size - edge, _SAMPLES).astype(int).tolist()
        for size, edge in ((raster.stored.width, width), (raster.stored.height, height))
    )
    windows = [Window(column, row, width, height) for row in rows for column in columns]
    arrays = (array for window in windows for array in as_stored.read(window))
    return _sha256(np.ascontiguousarray(array).tobytes() for array in arrays)


def _sha256(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
