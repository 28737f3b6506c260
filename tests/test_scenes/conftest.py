"""Fabricated rasters."""

import warnings

import numpy as np
import pytest
from fabricated_scenes import changed_pair


@pytest.fixture(autouse=True)
def nothing_that_ends_soon():
    """Our own lines use nothing that a later affine drops; rasterio's are its own affair."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=PendingDeprecationWarning, module=r"mmrsicc\.")
        yield


@pytest.fixture
def write_raster(tmp_path):
    """Writes (bands, H, W) as GeoTIFF with pixels of 10 m in UTM zone 31; returns its path."""
    import rasterio
    from rasterio.transform import Affine

    place = Affine(10, 0, 450_000, 0, -10, 5_400_000)

    def write(name: str, values: np.ndarray, mask: np.ndarray | None = None, **profile) -> str:
        path = tmp_path / name
        bands, height, width = values.shape
        profile = {"crs": "EPSG:32631", "transform": place, "driver": "GTiff", **profile}
        size = {"count": bands, "height": height, "width": width, "dtype": values.dtype}
        with rasterio.open(path, "w", **size, **profile) as file:
            file.write(values)
            if mask is not None:
                file.write_mask(mask)
        return str(path)

    return write


@pytest.fixture
def changed_scenes(write_raster) -> tuple[str, str]:
    """Files of :func:`fabricated_scenes.changed_pair`."""
    before, after = changed_pair()
    return write_raster("before.tif", before), write_raster("after.tif", after)
