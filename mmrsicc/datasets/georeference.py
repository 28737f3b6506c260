"""Georeference check: two images must show the same ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrsicc.datasets.picture_file import picture_size
from mmrsicc.datasets.raster_image import (
    JPEG_2000_DRIVER,
    gdal_errors,
    has_rasterio,
    is_jpeg_2000,
    open_raster,
)
from mmrsicc.datasets.tiff import TiffPage, is_tiff, tiff_pages
from mmrsicc.utils.tar_members import is_file, open_file

Bounds = tuple[float, float, float, float]

#: Minimum overlap as a share of the larger image, since pairs are compared pixel by pixel. In
#: another system an image is turned, and its bounds are larger than itself.
_LEAST_OVERLAP, _LEAST_IN_OTHER_SYSTEM = 0.9, 0.5
#: Cosine of the largest angle between the rows, and between the columns, of both dates: 45 degrees.
_LEAST_COSINE = 0.7
#: Steps on the ground along a row, x and y, and down a column, where north is up.
_NORTH_UP = (1.0, 0.0, 0.0, -1.0)


@dataclass(frozen=True)
class Extent:
    """Ground that an image shows.

    Attributes:
        path: Its file.
        bounds: West, south, east and north.
        system: What tells its coordinate system from others; empty if it is not named.
        driver: GDAL's, of the file.
        steps: Its way on the ground along a row, x and y, and down a column.
    """

    path: Path
    bounds: Bounds
    system: Any = ()
    driver: str = "GTiff"
    steps: tuple[float, float, float, float] = _NORTH_UP

    @property
    def crs(self) -> Any:
        """Coordinate system as rasterio knows it; None without a name or without rasterio."""
        if not self.system or not has_rasterio():
            return None
        with open_raster(self.path, self.driver) as dataset:
            return dataset.crs

    def __str__(self) -> str:
        west, south, east, north = self.bounds
        return f"{west:.8g} to {east:.8g} by {south:.8g} to {north:.8g} ({self.crs or 'no system'})"


def check_same_ground(before: str | Path, after: str | Path) -> None:
    """Refuses two images whose georeferences say that they show other ground.

    Files without coordinates, or with those of systems that cannot be compared, are let pass.

    Raises:
        ValueError: Less than nine tenths of the larger one lie in the other (half, where their
            coordinate systems differ), or one is turned or mirrored; says how they lie.
    """
    one, two = extent_of(before), extent_of(after)
    if one is None or two is None or not (places := _bounds_in(one, two)):
        return
    overlap = max(_overlap(one.bounds, bounds) for bounds in places)
    near = overlap >= _LEAST_IN_OTHER_SYSTEM
    turned = near and min(_cosines(one.steps, two.steps)) < _LEAST_COSINE
    # Axes of other systems may run otherwise.
    if turned and (one.system == two.system or one.crs == two.crs):
        raise ValueError(
            f"{before} and {after} show the same ground turned or mirrored: a step along a row and "
            f"one down a column are {_ways(one.steps)} and {_ways(two.steps)}; lay one onto the "
            "other by its coordinates (gdalwarp, mmrsicc scene)"
        )
    if not near or (one.system == two.system and overlap < _LEAST_OVERLAP):
        raise ValueError(
            f"{before} and {after} do not show the same ground: they cover {one} and {two}, and "
            f"share {overlap:.0%}; give the two dates of one place, or lay one onto the other by "
            "its coordinates (mmrsicc scene)"
        )


def extent_of(path: str | Path) -> Extent | None:
    """Ground that an image shows; None if its file does not say.

    GeoTIFF and JPEG 2000 files say it themselves, others by a world file beside them.
    """
    path = Path(path)
    if not is_file(path):
        return None
    with open_file(path) as file:
        start = file.read(16)
    page = tiff_pages(path)[0] if is_tiff(start) else None
    if page is not None:
        if page.extent is not None:
            return Extent(path, page.extent, page.system)
        found = _by_gdal(path, "GTiff") if page.system else None  # Rotated, or south-up.
    else:
        found = _by_gdal(path, JPEG_2000_DRIVER) if is_jpeg_2000(start) else None
    return found or _by_world_file(path, page)


def _by_gdal(path: Path, driver: str) -> Extent | None:
    """Extent by rasterio, where it is installed."""
    if not has_rasterio():
        return None
    with open_raster(path, driver) as dataset:
        if dataset.transform.is_identity:
            return None
        a, b, x, d, e, y = dataset.transform[:6]
        bounds = _bounds((x, y), (a, d, b, e), (dataset.width, dataset.height))
        system = dataset.crs.to_wkt() if dataset.crs else ()
    return Extent(path, bounds, system, driver, (a, d, b, e))


def _by_world_file(path: Path, page: TiffPage | None) -> Extent | None:
    """Extent by the six lines of a ``.pgw``, ``.jgw``, ``.tfw`` or ``.wld`` file."""
    suffix = path.suffix.lower()
    for name in (f".{suffix[1:2]}{suffix[-1:]}w", f"{suffix}w", ".wld"):
        world = path.with_suffix(name)
        if world.is_file():
            break
    else:
        return None
    try:
        a, d, b, e, x, y = map(float, world.read_text("latin-1").split())
    except ValueError:  # The file has the name of a world file, but not the content.
        return None
    # Pillow does not open TIFF files of every kind and size.
    size = picture_size(path) if page is None else page.size
    # The file names the centre of the first pixel.
    corner = x - (a + b) / 2, y - (d + e) / 2
    return Extent(path, _bounds(corner, (a, d, b, e), size), steps=(a, d, b, e))


def _bounds(
    corner: tuple[float, float], steps: tuple[float, float, float, float], size: tuple[int, int]
) -> Bounds:
    """Bounds of an image of some width and height by its first corner and its steps."""
    (x, y), (a, d, b, e), (width, height) = corner, steps, size
    xs = [x + a * column + b * row for column in (0, width) for row in (0, height)]
    ys = [y + d * column + e * row for column in (0, width) for row in (0, height)]
    return min(xs), min(ys), max(xs), max(ys)


def _bounds_in(one: Extent, two: Extent) -> list[Bounds]:
    """Bounds of the second in coordinates of the first; none if they cannot be compared."""
    if one.system == two.system:
        # The file is opened for its system only where that can matter.
        if _overlap(one.bounds, two.bounds) >= _LEAST_OVERLAP or one.crs is None:
            return [two.bounds]
        return around_the_earth(two.bounds) if one.crs.is_geographic else [two.bounds]
    here, there = one.crs, two.crs
    if here is None or there is None:
        return []
    from rasterio.warp import transform_bounds

    try:
        bounds = transform_bounds(there, here, *two.bounds)
    except gdal_errors():  # Outside the area of the first system.
        return [(float("inf"),) * 4]
    return around_the_earth(bounds) if here.is_geographic else [bounds]


def around_the_earth(bounds: Bounds) -> list[Bounds]:
    """The same bounds in degrees, as files count them: -179 to 181 and more are in use.

    Bounds that cross the antimeridian come with their west above their east.
    """
    west, south, east, north = bounds
    if west > east:
        east += 360
    return [(west + turn, south, east + turn, north) for turn in (0, 360, -360)]


def _cosines(one: Sequence[float], two: Sequence[float]) -> list[float]:
    """Cosines of the angles between two images' rows, and between their columns."""
    cosines = []
    for k in (0, 2):
        lengths = math.hypot(*one[k : k + 2]) * math.hypot(*two[k : k + 2])
        product = one[k] * two[k] + one[k + 1] * two[k + 1]
        cosines.append(product / lengths if lengths > 0 else 1.0)
    return cosines


def _ways(steps: Sequence[float]) -> str:
    """Directions of a step along a row and of one down a column, for a message."""
    ways = []
    for k in (0, 2):
        length = math.hypot(*steps[k : k + 2]) or 1.0
        ways.append("({:.3g}, {:.3g})".format(*(step / length for step in steps[k : k + 2])))
    return " and ".join(ways)


def _overlap(one: Bounds, two: Bounds) -> float:
    """Area in both, as a share of the larger one's."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    areas = [(east - west) * (north - south) for west, south, east, north in (one, two)]
    if not width > 0 or not height > 0:
        return 0.0
    return width * height / max(areas)
