"""Pictures of both dates at full resolution beside the page: a pyramid of tiles.

``before/Z/X/Y.jpg`` as maps on the web name them, in pixels of the scene: level 0 is one tile, and
each further one has twice as many pixels along an edge.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from math import ceil, log2
from pathlib import Path

import numpy as np
from PIL import Image
from rasterio.windows import Window

from mmrsicc.scenes.pair import ScenePair

#: Edge of a tile in pixels.
TILE_EDGE = 512

_QUALITY = 80
_DATES = ("before", "after")


def count_levels(width: int, height: int) -> int:
    """Levels of the pyramid of a scene."""
    return 1 + max(ceil(log2(max(width, height) / TILE_EDGE)), 0)


def write_page_tiles(pair: ScenePair, folder: Path) -> None:
    """Writes the pyramid, each date whole or absent. It holds four tiles a level at most.

    Raises:
        ValueError: A file is damaged; names it.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        written = Path(temporary, "tiles")
        _write(pair, written, 0, 0, 0)
        remove_page_tiles(folder)
        folder.mkdir(exist_ok=True)
        for date in _DATES:
            (written / date).rename(folder / date)


def remove_page_tiles(folder: Path) -> None:
    """Removes the pyramid of an earlier run, and the folder if nothing else is in it."""
    for date in _DATES:
        shutil.rmtree(folder / date, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def _write(pair: ScenePair, folder: Path, level: int, x: int, y: int) -> tuple[np.ndarray, ...]:
    """Writes a tile and all below it; gives it of both dates."""
    width, height = pair.grid.width, pair.grid.height
    finest = count_levels(width, height) - 1
    span = TILE_EDGE * 2 ** (finest - level)
    window = Window(x * span, y * span, min(span, width - x * span), min(span, height - y * span))
    if level == finest:
        pixels = pair.read(window)
        dates: tuple[np.ndarray, ...] = (pixels.before, pixels.after)
    else:
        rows, columns = (2 if length > span // 2 else 1 for length in (window.height, window.width))
        below = [
            [_write(pair, folder, level + 1, 2 * x + i, 2 * y + j) for i in range(columns)]
            for j in range(rows)
        ]
        joined = (np.vstack([np.hstack([t[d] for t in row]) for row in below]) for d in (0, 1))
        dates = tuple(np.asarray(Image.fromarray(image).reduce(2)) for image in joined)
    for name, image in zip(_DATES, dates, strict=True):
        path = folder / name / str(level) / str(x) / f"{y}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, quality=_QUALITY)
    return dates
