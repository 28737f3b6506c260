"""Overlaps of found change objects with true ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely


def match_objects(
    found: Sequence[shapely.Geometry], true: Sequence[shapely.Geometry]
) -> np.ndarray:
    """Overlaps (IoU) of found objects that are matched one to one with true ones, the best first.

    Args:
        found: Objects.
        true: Objects in the same coordinates.

    Returns:
        An overlap above 0 per match.
    """
    if not (len(found) and len(true)):
        return np.zeros(0)
    ours, theirs = np.asarray(found), np.asarray(true)
    i, j = shapely.STRtree(theirs).query(ours, predicate="intersects")
    shared = shapely.area(shapely.intersection(ours[i], theirs[j]))
    overlaps = shared / (shapely.area(ours[i]) + shapely.area(theirs[j]) - shared)
    taken: tuple[set[int], set[int]] = (set(), set())
    kept = []
    for k in np.lexsort((j, i, -overlaps)):
        if overlaps[k] > 0 and i[k] not in taken[0] and j[k] not in taken[1]:
            taken[0].add(i[k])
            taken[1].add(j[k])
            kept.append(overlaps[k])
    return np.array(kept)
