"""A STAC item for the results of a scene."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import shapely
from rasterio.transform import array_bounds
from rasterio.warp import transform_bounds

from mmrsicc.scenes.dates import Dates
from mmrsicc.scenes.grid import Grid
from mmrsicc.utils.files import atomic_path

#: Media types and roles of what a run writes, by the files' suffixes.
_KINDS = {
    ".parquet": ("application/vnd.apache.parquet", "data"),
    ".gpkg": ("application/geopackage+sqlite3", "data"),
    ".geojson": ("application/geo+json", "data"),
    ".tif": ("image/tiff; application=geotiff; profile=cloud-optimized", "data"),
    ".html": ("text/html", "overview"),
    ".qml": ("application/xml", "metadata"),
    ".json": ("application/json", "metadata"),
}


def write_item(
    path: Path,
    grid: Grid,
    dates: Dates,
    gsd: float | None,
    files: Sequence[Path],
    properties: Mapping[str, Any],
) -> None:
    """Writes a STAC 1.0 item with the files as assets.

    Args:
        path: Of the item.
        grid: Of the first date; it must be georeferenced.
        dates: Days between which the changes happened. Without the second one, the item bears the
            time of writing, as STAC asks for one.
        gsd: Ground sampling distance in metres.
        files: In the item's folder.
        properties: Further ones.
    """
    bounds = array_bounds(grid.height, grid.width, grid.transform)
    box = _on_earth(transform_bounds(grid.crs, "OGC:CRS84", *bounds))
    start, end = (day and f"{day}T00:00:00Z" for day in dates)
    when = end or datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": path.parent.resolve().name,
        "geometry": shapely.geometry.mapping(_area(box)),
        "bbox": box,
        "properties": {
            "datetime": when,
            **({"start_datetime": start, "end_datetime": end} if start and end else {}),
            **({"gsd": float(f"{gsd:.4g}")} if gsd else {}),
            **properties,
        },
        "links": [],
        "assets": {
            file.name: {
                "href": f"./{file.name}",
                "type": _KINDS[file.suffix][0],
                "roles": [_KINDS[file.suffix][1]],
            }
            for file in files
        },
    }
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(item, indent=2) + "\n", "utf-8")


def _on_earth(box: Sequence[float]) -> list[float]:
    """West, south, east, north in longitudes from -180 to 180.

    By RFC 7946 west is greater than east where the antimeridian is crossed.
    """
    west, south, east, north = box
    if east - west >= 360:
        west, east = -180, 180
    else:
        west = (west + 180) % 360 - 180
        east = 180 - (180 - east) % 360
    return [round(v, 7) for v in (west, south, east, north)]


def _area(box: Sequence[float]) -> shapely.Geometry:
    """The area of a box, in two parts where the antimeridian cuts it."""
    west, south, east, north = box
    if west <= east:
        return shapely.box(*box)
    return shapely.MultiPolygon(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )
