"""Files of images of many bands: tiled GeoTIFF without coordinates."""

import warnings
from pathlib import Path

import numpy as np

from mmrsicc.utils import atomic_path
from mmrsicc.utils.extras import import_extra

#: Edge of a tile of a file in pixels: small, since a window decodes its tiles in all bands.
_TILE = 32


def write_bands(path: Path, image: np.ndarray, nodata: float | None = None) -> None:
    """Writes bands as GeoTIFF, which windows of all bands are read from fast.

    Args:
        path: File to write.
        image: (H, W, bands) or (H, W), of any memory order; it is copied tile by tile.
        nodata: Value that says that a pixel has no data.

    Raises:
        ModuleNotFoundError: rasterio is not installed.
    """
    rasterio = import_extra("rasterio")
    image = image if image.ndim == 3 else image[..., None]
    profile = {
        "height": image.shape[0],
        "width": image.shape[1],
        "count": image.shape[2],
        "dtype": image.dtype,
        "nodata": nodata,
        # Else three or four bands of bytes are taken for colours and alpha.
        "photometric": "minisblack",
        "compress": "deflate",
        "interleave": "pixel",
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
        "bigtiff": "if_safer",
    }
    with atomic_path(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore", import_extra("rasterio.errors").NotGeoreferencedWarning)
        with rasterio.open(temporary, "w", driver="GTiff", **profile) as file:
            for _, window in file.block_windows(1):
                part = image[window.toslices()]
                file.write(np.ascontiguousarray(part.transpose(2, 0, 1)), window=window)
