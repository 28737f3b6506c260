"""Regions as GeoPackage and GeoJSON, which QGIS and others open."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from rasterio.transform import Affine
from rasterio.warp import transform_geom
from shapely.affinity import affine_transform, translate

from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.regions import Region
from mmrsicc.utils.files import atomic_path

#: Decimals of a degree in GeoJSON: about a centimetre.
_DECIMALS = 7

#: Columns of a GeoPackage. What is not known is NaN or NaT to NumPy, and NULL in the file.
_KINDS = {
    "caption": "object",
    "score": "float64",
    "change_probability": "float64",
    "changed": "bool",
    "tiles": "int32",
    "date_before": "datetime64[D]",
    "date_after": "datetime64[D]",
    "n_best": "object",
}


def write_geopackage(regions: Sequence[Region], grid: Grid, dates: Dates, path: Path) -> None:
    """Writes regions in the first scene's own coordinate system, one layer ``changes``.

    Without a coordinate system the coordinates are columns and negative rows, as QGIS shows images
    that have none. N-best sentences are a JSON list of sentence and score.
    """
    rows = [_properties(region, dates) for region in regions]
    for row in rows:
        row["n_best"] = json.dumps(row["n_best"], ensure_ascii=False)
    columns = [np.array([row[name] for row in rows], kind) for name, kind in _KINDS.items()]
    polygons = [shapely.to_wkb(_placed(region, grid)) for region in regions]
    content = BytesIO()
    with warnings.catch_warnings():
        # Images without coordinates are known and told about.
        warnings.filterwarnings("ignore", "'crs' was not provided")
        pyogrio.raw.write(
            content,
            np.array(polygons, dtype=object),
            columns,
            list(_KINDS),
            layer="changes",
            driver="GPKG",
            geometry_type="Polygon",
            crs=grid.crs.to_wkt() if grid.crs else None,
        )
    with atomic_path(path) as temporary:
        temporary.write_bytes(content.getvalue())


def write_geojson(regions: Sequence[Region], grid: Grid, dates: Dates, path: Path) -> None:
    """Writes regions in longitude and latitude of WGS 84, by RFC 7946.

    Exterior rings run counterclockwise, and what crosses the antimeridian is cut there.

    Raises:
        ValueError: The scene has no coordinate system.
    """
    if grid.crs is None:
        raise ValueError("GeoJSON is in longitude and latitude, and the scene has no coordinates")
    features = [
        {
            "type": "Feature",
            "geometry": _lonlat(_placed(region, grid), grid),
            "properties": _properties(region, dates),
        }
        for region in regions
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    with atomic_path(path) as temporary:
        temporary.write_text(
            f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', "utf-8"
        )


def _properties(region: Region, dates: Dates) -> dict[str, Any]:
    best = region.best
    return {
        "caption": best.caption,
        "score": best.score,
        "change_probability": best.change_probability,
        "changed": best.changed,
        "tiles": region.tiles,
        "date_before": dates[0],
        "date_after": dates[1],
        "n_best": [list(entry) for entry in best.n_best],
    }


def _placed(region: Region, grid: Grid) -> shapely.Polygon:
    """The polygon from pixels to coordinates."""
    to_map = grid.transform if grid.crs else Affine.scale(1, -1)
    a, b, c, d, e, f = to_map[:6]
    return affine_transform(region.polygon, [a, b, d, e, c, f])


def _lonlat(polygon: shapely.Polygon, grid: Grid) -> dict[str, Any]:
    """Geometry for GeoJSON."""
    moved = transform_geom(grid.crs, "OGC:CRS84", polygon, antimeridian_cutting=True)
    rounded = shapely.set_precision(
        _around_the_earth(shapely.geometry.shape(moved)), 10.0**-_DECIMALS
    )
    return shapely.geometry.mapping(shapely.orient_polygons(rounded))


def _around_the_earth(shape: shapely.Geometry) -> shapely.Geometry:
    """Brings what lies beyond 180 degrees, as on grids from 0 to 360, to the other side."""
    left, _, right, _ = shape.bounds
    if left >= -180 and right <= 180:
        return shape
    world = shapely.box(-180, -90, 180, 90)
    parts = [translate(shape, turn).intersection(world) for turn in (-360, 0, 360)]
    # What touches the edge of the world alone is a line.
    return shapely.union_all([part for part in parts if part.area > 0])
