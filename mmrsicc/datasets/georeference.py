"""Georeference check: two images must show the same ground."""

from __future__ import annotations

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

#: Minimum overlap as a share of the smaller image, since pairs are compared pixel by pixel.
_LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class Extent:
    """Ground that an image shows.

    Attributes:
        path: Its file.
        bounds: West, south, east and north.
        system: What tells its coordinate system from others; empty if it is not named.
        driver: GDAL's, of the file.
    """

    path: Path
    bounds: Bounds
    system: Any = ()
    driver: str = "GTiff"

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
        ValueError: Less than half of the smaller one lies in the other; names both extents.
    """
    one, two = extent_of(before), extent_of(after)
    if one is None or two is None or not (places := _bounds_in(one, two)):
        return
    if max(_overlap(one.bounds, bounds) for bounds in places) < _LEAST_OVERLAP:
        raise ValueError(
            f"{before} and {after} do not show the same ground: they cover {one} and {two}; give "
            "the two dates of one place, or lay one onto the other by its coordinates (mmrsicc "
            "scene)"
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
        xs = [x + a * c + b * r for c in (0, dataset.width) for r in (0, dataset.height)]
        ys = [y + d * c + e * r for c in (0, dataset.width) for r in (0, dataset.height)]
        system = dataset.crs.to_wkt() if dataset.crs else ()
    return Extent(path, (min(xs), min(ys), max(xs), max(ys)), system, driver)


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
        across, _, _, down, x, y = map(float, world.read_text("latin-1").split())
    except ValueError:  # The file has the name of a world file, but not the content.
        return None
    # Pillow does not open TIFF files of every kind and size.
    width, height = picture_size(path) if page is None else page.size
    # The file names the centre of the first pixel.
    xs = sorted((x - across / 2, x + across * (width - 0.5)))
    ys = sorted((y - down / 2, y + down * (height - 0.5)))
    return Extent(path, (xs[0], ys[0], xs[1], ys[1]))


def _bounds_in(one: Extent, two: Extent) -> list[Bounds]:
    """Bounds of the second in coordinates of the first; none if they cannot be compared."""
    if one.system == two.system:
        return [two.bounds]
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


def _overlap(one: Bounds, two: Bounds) -> float:
    """Area in both, as a share of the smaller one's."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    areas = [(east - west) * (north - south) for west, south, east, north in (one, two)]
    if not width > 0 or not height > 0:
        return 0.0
    return width * height / min(areas)
