"""Objects in longitude and latitude, on both sides of the antimeridian."""

import numpy as np
import pytest

pytest.importorskip("geopandas", reason="scenes need the extra geo")

import shapely
from rasterio.crs import CRS
from rasterio.warp import transform

from mmrsicc.scenes.table import lonlat

SQUARES = 6


@pytest.mark.parametrize(
    ("crs", "longitude", "latitude", "edge"),
    [
        ("EPSG:3413", 179.999, 70, 1000),
        ("EPSG:3031", 179.999, -75, 1000),
        ("+proj=sinu +R=6371007.181", -179.999, 65, 1000),
        ("EPSG:32660", 179.9999, 65, 1000),
        ("EPSG:3832", 179.999, 10, 1000),
        ("EPSG:4326", 180, 10, 0.01),
        ("EPSG:32631", 3, 48, 1000),
    ],
)
def test_an_object_covers_its_own_ground(crs, longitude, latitude, edge):
    """Squares about a place, each with points that lie in it."""
    crs, rng = CRS.from_string(crs), np.random.default_rng(0)
    (x,), (y,) = transform("EPSG:4326", crs, [longitude], [latitude])
    for i, j in np.ndindex(SQUARES, SQUARES):
        left, low = x + (i - SQUARES / 2 - 0.3) * edge, y + (j - SQUARES / 2 - 0.3) * edge
        square = shapely.MultiPolygon([shapely.box(left, low, left + edge, low + edge)])
        inner = rng.uniform(0.05, 0.95, (50, 2)) * edge + [left, low]
        lon, lat = (np.array(v) for v in transform(crs, "OGC:CRS84", *inner.T))
        found = lonlat(square, crs)
        west, _, east, _ = found.bounds
        assert west >= -180 and east <= 180
        assert shapely.contains_xy(found, (lon + 180) % 360 - 180, lat).all()
        assert found.area < 1e-2, "and not what lies around the Earth"


def test_what_is_not_on_the_earth_is_refused():
    disk = CRS.from_string("+proj=geos +h=35785831 +lon_0=0 +sweep=y")
    outside = shapely.MultiPolygon([shapely.box(-5.6e6, 5.5e6, -5.5e6, 5.6e6)])
    with pytest.raises(ValueError, match="not on the Earth"):
        lonlat(outside, disk)
