"""The mask of a scene as a Cloud-Optimised GeoTIFF."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import NotGeoreferencedWarning

from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.tiles import Tile
from mmrsicc.structures import IGNORED
from mmrsicc.utils.files import atomic_path

#: Block size of the file, in pixels.
_SQUARE = 512


def write_mask(grid: Grid, masks: Iterable[tuple[Tile, np.ndarray]], path: Path) -> None:
    """Writes a COG on the first scene's grid: 0 unchanged, 1 changed, 255 no data.

    Args:
        grid: Of the first date.
        masks: Blocks and theirs, (H, W) uint8; together they cover the scene.
        path: Of the file.
    """
    profile = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": "uint8",
        "crs": grid.crs,
        # One that is written would make QGIS show the rows of an image without any upwards.
        "transform": grid.transform if grid.georeferenced else None,
        "nodata": IGNORED,
        "tiled": True,
        "blockxsize": _SQUARE,
        "blockysize": _SQUARE,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": "TRUE",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        atomic_path(path) as temporary,
        warnings.catch_warnings(),
    ):
        # Images without coordinates are reported elsewhere.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        written = Path(folder, "mask.tif")
        with rasterio.open(written, "w", **profile) as file:
            for block, mask in masks:
                file.write(mask, 1, window=block.window)
        rasterio.shutil.copy(
            written,
            temporary,
            driver="COG",
            compress="deflate",
            blocksize=_SQUARE,
            overview_resampling="mode",
            BIGTIFF="IF_SAFER",
        )
