"""From a mask to the shapes of change objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

import numpy as np
import shapely
from rasterio.features import rasterize, shapes
from rasterio.transform import Affine
from rasterio.windows import Window
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import MultiPolygon, Polygon

from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.tiles import Tile

#: Pixels around an object that are highlighted with it.
_MARGIN = 8


def mask_parts(mask: np.ndarray, x: int = 0, y: int = 0) -> list[Polygon]:
    """Polygons of the 4-connected pixels of a mask.

    Args:
        mask: (H, W) bool.
        x: Column of the scene at which it begins.
        y: Row likewise.

    Returns:
        In pixels of the scene (column, row).
    """
    found = shapes(mask.astype(np.uint8), mask, transform=Affine.translation(x, y))
    return [shapely.geometry.shape(polygon) for polygon, _ in found]


def join_parts(
    parts: Iterable[Polygon], least: float, distance: float, edge: Polygon | None = None
) -> list[MultiPolygon]:
    """Cleans parts and joins those that are near each other into objects.

    The result for a scene that was cut into blocks is that for the whole one: parts that touch are
    one, and parts at a block's edge stay until their other half is known.

    Args:
        parts: In pixels.
        least: Area below which a part is dropped, and a hole filled.
        distance: Pixels up to which two parts are one object.
        edge: Rectangle of a block; parts at its edge are kept whatever their area.

    Returns:
        Objects by their upper left corners.
    """
    solid = shapely.union_all([_filled(part, least) for part in _dissolved(parts)])
    kept = [
        part
        for part in shapely.get_parts(solid)
        if part.area >= least or (edge is not None and part.intersects(edge.exterior))
    ]
    if not kept:
        return []
    pairs = shapely.STRtree(kept).query(kept, predicate="dwithin", distance=distance)
    near = coo_array((np.ones(pairs.shape[1]), pairs), shape=(len(kept), len(kept)))
    count, labels = connected_components(near, directed=False)
    groups: list[list[Polygon]] = [[] for _ in range(count)]
    for part, label in zip(kept, labels, strict=True):
        groups[label].append(part)
    # A ring then begins at a corner, so that no vertex is left where blocks met.
    objects = [MultiPolygon(group).normalize().simplify(0).normalize() for group in groups]
    return sorted(objects, key=lambda shape: (shape.bounds[1], shape.bounds[0], shape.wkt))


def tile_box(tile: Tile) -> Polygon:
    """The rectangle of a tile or block, in pixels."""
    return shapely.box(tile.x, tile.y, tile.x + tile.width, tile.y + tile.height)


def share_pixels(
    boxes: Sequence[shapely.Geometry], objects: Sequence[shapely.Geometry]
) -> np.ndarray:
    """Which rectangles share pixels with objects: (boxes,) bool.

    Args:
        boxes: Of whole pixels.
        objects: Likewise.
    """
    found = np.zeros(len(boxes), bool)
    if len(boxes) and len(objects):
        # Smaller by less than a pixel, so that neighbours that touch at an edge do not count.
        inside = shapely.buffer(boxes, -0.25, join_style="mitre")
        found[shapely.STRtree(objects).query(inside, predicate="intersects")[0]] = True
    return found


def window_around(shape: shapely.Geometry, size: int, width: int, height: int) -> Window:
    """Square window about an object, inside the scene, and no smaller than the object.

    Args:
        shape: In pixels.
        size: Least edge in pixels.
        width: Width of the scene in pixels.
        height: Height of the scene in pixels.
    """
    left, top, right, bottom = shape.bounds
    edge = max(size, ceil(right - left), ceil(bottom - top))
    x, y = (
        int(np.clip(round((low + high - edge) / 2), 0, max(length - edge, 0)))
        for low, high, length in ((left, right, width), (top, bottom, height))
    )
    return Window(x, y, min(edge, width), min(edge, height))


def highlighted(pixels: PairPixels, shape: shapely.Geometry, window: Window) -> PairPixels:
    """A window in which an object alone changes: around it both dates show the first one."""
    inside = rasterize(
        [shape.buffer(_MARGIN)],
        out_shape=pixels.valid.shape,
        transform=Affine.translation(window.col_off, window.row_off),
        all_touched=True,
    )
    after = np.where(inside[..., None] > 0, pixels.after, pixels.before)
    return PairPixels(pixels.before, after, pixels.valid, pixels.identical)


def _dissolved(parts: Iterable[Polygon]) -> Iterable[Polygon]:
    return shapely.get_parts(shapely.union_all(list(parts)))


def _filled(part: Polygon, least: float) -> Polygon:
    """A part without its small holes."""
    return Polygon(part.exterior, [ring for ring in part.interiors if Polygon(ring).area >= least])
