"""Opens rasters, and refuses those whose georeference is ambiguous."""

from __future__ import annotations

import warnings
from math import inf
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import NotGeoreferencedWarning

from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.utils.file_names import check_utf8, exists


def open_raster(path: str) -> Any:
    """A dataset of rasterio.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no raster, or only half georeferenced, or not named in UTF-8.
    """
    check_utf8(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
            dataset.colorinterp  # noqa: B018  # Raises an error if the file's keys are damaged.
    except gdal_errors() as error:
        if not exists(Path(path)):
            why = f" ({error})" if path.startswith("/vsi") else ""
            raise FileNotFoundError(f"no raster at {path}{why}") from error
        raise ValueError(
            f"{path} cannot be read as a raster ({error}): it is damaged, or of a kind that GDAL "
            "does not know; copy it again or convert it to GeoTIFF"
        ) from error
    _check_georeference(dataset, path)
    return dataset


def unsigned(name: str) -> str:
    """GDAL's name of a file without the query of its address, which may be a signature."""
    return name.partition("?")[0] if name.startswith(("/vsicurl/", "/vsicurl_streaming/")) else name


def _check_georeference(dataset: Any, path: str) -> None:
    """Refuses half a georeference, which would be taken for none."""
    placed = not dataset.transform.is_identity
    area = dataset.transform.determinant
    if not 0 < abs(area) < inf:
        raise ValueError(
            f"{path} has pixels without extent: set its coordinates again "
            "(rio edit-info --transform)"
        )
    if dataset.crs is None and placed:
        raise ValueError(
            f"{path} has coordinates but does not say in which system: name it "
            f"(rio edit-info --crs EPSG:... {path})"
        )
    if dataset.crs is not None and not placed:
        raise ValueError(
            f"{path} names a coordinate system but no coordinates (ground control points do not "
            "count): rectify it first (gdalwarp), or set them (rio edit-info --transform)"
        )
    if dataset.crs is not None and not (dataset.crs.is_geographic or dataset.crs.is_projected):
        raise ValueError(
            f"{path} has a local coordinate system, which has no place on Earth: name the true one "
            f"(rio edit-info --crs EPSG:... {path})"
        )
    if dataset.crs is None and (dataset.gcps[0] or dataset.rpcs):
        raise ValueError(
            f"{path} is placed by ground control points or a camera model alone: rectify it first "
            "(gdalwarp)"
        )
