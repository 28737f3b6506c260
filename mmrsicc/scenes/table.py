"""The table of change objects: GeoParquet, GeoPackage and GeoJSON, which QGIS and others open."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pandas
import pyarrow
import shapely
from rasterio.transform import Affine
from rasterio.warp import transform_geom
from shapely.affinity import affine_transform, translate

from mmrsicc.datasets.raster_image import gdal_errors
from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.grid import Grid
from mmrsicc.scenes.results import ChangeObject
from mmrsicc.utils.files import atomic_path

#: Decimals of a degree in GeoJSON: about a centimetre.
_DECIMALS = 7

#: Columns, and their types.
_COLUMNS: dict[str, Any] = {
    "caption": pyarrow.string(),
    "changed": pyarrow.bool_(),
    "classes": pyarrow.string(),
    "direction": pyarrow.string(),
    "found_by": pyarrow.string(),
    "disagrees": pyarrow.bool_(),
    "score": pyarrow.float64(),
    "change_probability": pyarrow.float64(),
    "n_best": pyarrow.string(),
    "area_m2": pyarrow.float64(),
    "area_pixels": pyarrow.float64(),
    "date_before": pyarrow.date32(),
    "date_after": pyarrow.date32(),
    "gsd": pyarrow.float64(),
    "model": pyarrow.string(),
    "mask": pyarrow.string(),
}


def object_table(
    objects: Sequence[ChangeObject],
    grid: Grid,
    dates: Dates,
    gsd: float | None,
    model: str,
    masker: str | None,
) -> geopandas.GeoDataFrame:
    """A table with a row per object, in the first date's own coordinate system.

    Without a coordinate system the coordinates are columns and negative rows, as QGIS shows images
    that have none, and there is no area in square metres. N-best sentences are a JSON list of
    sentence and score.

    Args:
        objects: Theirs.
        grid: Of the first date.
        dates: Days.
        gsd: Ground sampling distance in metres; None without coordinates.
        model: What captioned.
        masker: What found the masks; None without.
    """
    days = [None if day is None else pandas.Timestamp(day).date() for day in dates]
    rows = [
        {
            "caption": found.caption,
            "changed": found.changed,
            "classes": ", ".join(found.classes) or None,
            "direction": found.direction,
            "found_by": found.found_by,
            "disagrees": found.disagrees,
            "score": found.score,
            "change_probability": found.change_probability,
            "n_best": json.dumps(found.n_best, ensure_ascii=False),
            "area_m2": gsd and round(found.shape.area * gsd**2, 2),
            "area_pixels": found.shape.area,
            "date_before": days[0],
            "date_after": days[1],
            "gsd": gsd and float(f"{gsd:.4g}"),
            "model": model,
            "mask": masker,
        }
        for found in objects
    ]
    columns = {
        name: pandas.array([row[name] for row in rows], dtype=pandas.ArrowDtype(kind))
        for name, kind in _COLUMNS.items()
    }
    shapes = [_placed(found.shape, grid) for found in objects]
    return geopandas.GeoDataFrame(
        columns, geometry=shapes, crs=grid.crs.to_wkt() if grid.crs else None
    )


def write_geoparquet(table: geopandas.GeoDataFrame, path: Path) -> None:
    """Writes GeoParquet."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_geopackage(table: geopandas.GeoDataFrame, path: Path) -> None:
    """Writes a GeoPackage with one layer, ``changes``."""
    with (
        tempfile.TemporaryDirectory() as folder,
        atomic_path(path) as temporary,
        warnings.catch_warnings(),
    ):
        # Images without coordinates are reported elsewhere.
        warnings.filterwarnings("ignore", "'crs' was not provided")
        written = Path(folder, "changes.gpkg")  # GDAL needs the suffix.
        table.to_file(
            written,
            layer="changes",
            driver="GPKG",
            engine="pyogrio",
            geometry_type="MultiPolygon",
            use_arrow=True,
            # Newer versions bring nothing to this table, but older readers warn of them.
            dataset_options={"VERSION": "1.2"},
        )
        shutil.copyfile(written, temporary)


def write_geojson(table: geopandas.GeoDataFrame, path: Path) -> None:
    """Writes the table in longitude and latitude of WGS 84, by RFC 7946.

    Exterior rings run counterclockwise, and what crosses the antimeridian is cut there.

    Raises:
        ValueError: The scene has no coordinate system, or an object is not on the Earth.
    """
    if table.crs is None:
        raise ValueError("GeoJSON is in longitude and latitude, and the scene has no coordinates")
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(lonlat(shape, table.crs)),
            "properties": {**row, "n_best": json.loads(row["n_best"])},
        }
        for shape, row in zip(table.geometry, _plain(table), strict=True)
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    with atomic_path(path) as temporary:
        temporary.write_text(
            f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', "utf-8"
        )


def lonlat(shape: shapely.Geometry, crs: Any) -> shapely.Geometry:
    """A polygon in longitude and latitude, cut at the antimeridian.

    One around a pole stays inexact.

    Raises:
        ValueError: A part of it is not on the Earth.
    """
    try:
        moved = shapely.geometry.shape(transform_geom(crs.to_wkt(), "OGC:CRS84", shape))
    except gdal_errors() as error:
        raise ValueError("an object has a part that is not on the Earth") from error
    # On both sides of the antimeridian, longitudes count on from the first one.
    first = shapely.get_coordinates(moved)[0, 0]
    whole = shapely.transform(
        moved, lambda lon, lat: (first + (lon - first + 180) % 360 - 180, lat), interleaved=False
    )
    found = _around_the_earth(shapely.make_valid(whole))
    return shapely.orient_polygons(shapely.set_precision(found, 10.0**-_DECIMALS))


def _plain(table: geopandas.GeoDataFrame) -> list[dict[str, Any]]:
    """Rows without geometry, as JSON types."""
    columns = {
        name: [
            None if value is pandas.NA else str(value) if name.startswith("date_") else value
            for value in table[name]
        ]
        for name in _COLUMNS
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _placed(shape: shapely.Geometry, grid: Grid) -> shapely.MultiPolygon:
    """A shape from pixels to coordinates."""
    to_map = grid.transform if grid.crs else Affine.scale(1, -1)
    a, b, c, d, e, f = to_map[:6]
    placed = affine_transform(shape, [a, b, d, e, c, f])
    return shapely.MultiPolygon(list(shapely.get_parts(placed)))


def _around_the_earth(shape: shapely.Geometry) -> shapely.Geometry:
    """Brings what lies beyond 180 degrees, as on grids from 0 to 360, to the other side."""
    left, _, right, _ = shape.bounds
    turns = (0,) if left >= -180 and right <= 180 else (-360, 0, 360)
    world = shapely.box(-180, -90, 180, 90)
    parts = shapely.get_parts([translate(shape, turn).intersection(world) for turn in turns])
    # A part that only touches the antimeridian is a line.
    whole = shapely.union_all([part for part in parts if part.area > 0])
    return shapely.MultiPolygon(list(shapely.get_parts(whole)))
