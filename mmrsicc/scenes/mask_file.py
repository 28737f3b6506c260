"""The tiles' masks as one georeferenced raster."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from mmrsicc.scenes.pair import ScenePair
from mmrsicc.scenes.results import TileResult, decode_mask
from mmrsicc.scenes.tiles import Tile
from mmrsicc.structures import IGNORED
from mmrsicc.utils.files import atomic_path

#: Edge of the blocks that are written at a time.
_BLOCK = 512


def write_mask(
    pair: ScenePair, tiles: Sequence[Tile], results: Mapping[int, TileResult], path: Path
) -> None:
    """Writes a GeoTIFF on the first scene's grid: 0 unchanged, 1 changed, 255 no data.

    Where tiles overlap, each votes for its value with a weight that falls from its middle to its
    edges. Tiles that were skipped because nothing changed vote for 0.
    """
    grid = pair.grid
    profile = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": "uint8",
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": IGNORED,
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }
    with atomic_path(path) as temporary, warnings.catch_warnings():
        # Images without coordinates are known and told about.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(temporary, "w", **profile) as file:
            _write_blocks(file, pair, tiles, results)


def _write_blocks(
    file: Any, pair: ScenePair, tiles: Sequence[Tile], results: Mapping[int, TileResult]
) -> None:
    grid = pair.grid
    for y in range(0, grid.height, _BLOCK):
        height = min(_BLOCK, grid.height - y)
        strip = [tile for tile in tiles if tile.y < y + height and tile.y + tile.height > y]
        for x in range(0, grid.width, _BLOCK):
            window = Window(x, y, min(_BLOCK, grid.width - x), height)
            mask = vote(strip, results, window)
            mask[~pair.valid(window)] = IGNORED
            file.write(mask, 1, window=window)


def vote(tiles: Sequence[Tile], results: Mapping[int, TileResult], window: Window) -> np.ndarray:
    """The mask of a window, (H, W) uint8, by the votes of the tiles that reach into it."""
    x, y, width, height = window.flatten()
    votes = np.zeros((2, height, width), np.float32)
    for tile in tiles:
        left, right = max(tile.x, x), min(tile.x + tile.width, x + width)
        if left >= right:
            continue
        top, bottom = max(tile.y, y), min(tile.y + tile.height, y + height)
        own = np.s_[top - tile.y : bottom - tile.y, left - tile.x : right - tile.x]
        weight = np.outer(_tent(tile.height), _tent(tile.width))[own]
        mask = results[tile.index].mask
        changed = np.zeros(weight.shape, bool) if mask is None else decode_mask(mask)[own] > 0
        part = votes[:, top - y : bottom - y, left - x : right - x]
        part[0] += np.where(changed, 0, weight)
        part[1] += np.where(changed, weight, 0)
    return (votes[1] > votes[0]).astype(np.uint8)


def _tent(length: int) -> np.ndarray:
    """Weights that fall from the middle of an edge to its ends, never to 0."""
    ramp = np.arange(1, length + 1, dtype=np.float32)
    return np.minimum(ramp, ramp[::-1])
