"""Grid of a raster, and the north-up grid on which it is read."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot

from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.windows import Window

#: Tolerance in pixels between the corners of two grids that count as equal.
ROUNDING = 0.01

#: Names of axes that point east and west, north and south.
_DIRECTIONS = ({"e": 1, "w": -1}, {"n": 1, "s": -1})


@dataclass(frozen=True)
class Grid:
    """Grid: size, coordinate reference system, pixel (column, row) to coordinates."""

    width: int
    height: int
    crs: CRS | None
    transform: Affine

    @property
    def georeferenced(self) -> bool:
        """Whether the grid is georeferenced."""
        return self.crs is not None

    def matches(self, other: Grid) -> bool:
        """Whether the other grid equals this one up to rounding."""
        if (self.width, self.height, self.crs) != (other.width, other.height, other.crs):
            return False
        return _is_near(~self.transform @ other.transform, Affine.identity(), other)

    def part(self, window: Window) -> Grid:
        """Grid of a window of this one."""
        transform = self.transform @ Affine.translation(window.col_off, window.row_off)
        return Grid(window.width, window.height, self.crs, transform)


def north_up(stored: Grid) -> Grid:
    """The grid with columns to the east and rows to the south that covers a stored one.

    Turned by right angles or mirrored, it has the same pixels. Turned otherwise, it has pixels of
    the same size and encloses the stored ones. "North" is that of the coordinate system, as on a
    map in it. Grids without coordinates stay as they are.
    """
    if stored.crs is None:
        return stored
    axes = _to_east_north(stored.crs)
    placed = axes @ stored.transform
    corners = [placed @ (x, y) for x in (0, stored.width) for y in (0, stored.height)]
    easts, norths = zip(*corners, strict=True)
    columns, rows = hypot(placed.a, placed.d), hypot(placed.b, placed.e)
    # In an image rotated by 90 degrees, the rows point east.
    size_x, size_y = (rows, columns) if abs(placed.b) > abs(placed.a) else (columns, rows)
    grid = Grid(
        max(ceil((max(easts) - min(easts)) / size_x - ROUNDING), 1),
        max(ceil((max(norths) - min(norths)) / size_y - ROUNDING), 1),
        stored.crs,
        ~axes @ Affine(size_x, 0, min(easts), 0, -size_y, max(norths)),
    )
    return stored if grid.matches(stored) else grid


def whole_pixels(grid: Grid, stored: Grid) -> Affine | None:
    """From pixels of a grid to pixels of a stored one, where each is exactly one of those.

    Returns:
        A turn by right angles, a mirroring or a shift by whole pixels, in whole numbers; None
        where pixels must be interpolated.
    """
    if grid.crs != stored.crs:
        return None
    exact = ~stored.transform @ grid.transform
    whole = Affine(*(float(round(value)) for value in exact[:6]))
    turned = {(abs(whole.a), abs(whole.e)), (abs(whole.b), abs(whole.d))} == {(0, 0), (1, 1)}
    return whole if turned and _is_near(exact, whole, grid) else None


def _is_near(one: Affine, other: Affine, grid: Grid) -> bool:
    """Whether two mappings of a grid's pixels agree at its corners but for rounding."""
    for corner in ((0, 0), (grid.width, 0), (0, grid.height), (grid.width, grid.height)):
        (x, y), (u, v) = one @ corner, other @ corner
        if not hypot(x - u, y - v) <= ROUNDING:
            return False
    return True


def _to_east_north(crs: CRS) -> Affine:
    """From coordinates to east and north, for systems that count to the west or south.

    PROJ names the directions of such axes (EPSG:2053 is "wsu"). It names none for polar systems:
    there, north is up on the map.
    """
    axes = str(crs.to_dict().get("axis", "enu"))[:2]
    east, north = ([signs.get(axis, 0) for axis in axes] for signs in _DIRECTIONS)
    return Affine(*east, 0, *north, 0)
