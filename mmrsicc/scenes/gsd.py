"""Ground sampling distance of a scene against that of a model's training."""

from __future__ import annotations

from math import sqrt

import numpy as np
from rasterio.crs import CRS
from rasterio.warp import transform

from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.scenes.grid import Grid
from mmrsicc.utils.training_gsd import TrainingGsd

#: Factor by which pixels may be larger or smaller than in training without a warning.
_FAR = 2.0


def ground_sampling_distance(grid: Grid) -> float | None:
    """Edge in metres of the square that has a pixel's area on the ground, at the grid's middle.

    Measured on the Earth, not in the units of the coordinate system: those may be degrees or feet,
    and metres of Web Mercator are half as long at 60 degrees.

    Returns:
        None for a grid without coordinates, or whose middle is not on the Earth.
    """
    if grid.crs is None:
        return None
    columns = grid.width / 2 + np.array([-0.5, 0.5, 0, 0])
    rows = grid.height / 2 + np.array([0, 0, -0.5, 0.5])
    xs, ys = grid.transform @ (columns, rows)
    try:
        longitudes, latitudes = transform(grid.crs, "OGC:CRS84", xs, ys)
        here = CRS.from_dict(proj="aeqd", lat_0=latitudes[0], lon_0=longitudes[0], datum="WGS84")
        east, north = (np.array(v) for v in transform(grid.crs, here, xs, ys))
    except gdal_errors():  # The middle is not on the Earth, as of a geostationary image.
        return None
    (a, b), (d, e) = ((v[1] - v[0], v[3] - v[2]) for v in (east, north))
    distance = sqrt(abs(a * e - b * d))
    return distance if np.isfinite(distance) else None


def gsd_remark(
    distance: float | None, trained: TrainingGsd | None, enlarged: float = 1.0
) -> str | None:
    """Remark where pixels differ much from those that a model was trained on.

    Args:
        distance: Of the scene, in metres.
        trained: In training; None where the model does not say.
        enlarged: Times by which a pixel that the model is given is larger than one of the scene: a
            tile's edge over that of the model's input.
    """
    if distance is None or trained is None:
        return None
    if trained.least / _FAR <= distance * enlarged <= trained.greatest * _FAR:
        return None
    given = f", resized to pixels of {distance * enlarged:.3g} m" if enlarged != 1 else ""
    return (
        f"pixels of {distance:.3g} m{given}, but the model was trained on pixels of {trained}: "
        "things have other sizes than it knows, and its sentences are guesses"
    )
