"""Label images of what changed."""

import cv2
import numpy as np

from mmrsicc.synthcc.geometry import Polygon
from mmrsicc.synthcc.kinds import LABELS
from mmrsicc.synthcc.scene import ScenePair, Site, Thing
from mmrsicc.synthcc.shapes import footprints


def label_image(pair: ScenePair) -> np.ndarray:
    """Label image, (size, size) uint8: the value of what is there now, else of what was lost.

    See :data:`mmrsicc.synthcc.kinds.LABELS`; 0 where nothing changed. Of something that
    grew or dwindled, only the difference counts.
    """
    label = np.zeros((pair.size, pair.size), np.uint8)
    for index in sorted(pair.before.keys() | pair.after.keys()):
        paint_change(label, pair.sites[index], pair.before.get(index), pair.after.get(index))
    for index, thing in pair.after.items():
        if pair.before.get(index) == thing and thing.kind == "road":
            _fill(label, footprints(thing, pair.sites[index]), 0)
    return label


def paint_change(label: np.ndarray, site: Site, old: Thing | None, new: Thing | None) -> None:
    """Paint what differs between the things that stood on one site."""
    if old == new:
        return
    if old is not None and new is not None and old.kind == new.kind:
        large, small = (new, old) if new.extent > old.extent else (old, new)
        _fill(label, footprints(large, site), LABELS[large.kind])
        kept = footprints(small, site)
        _fill(label, kept, 0)
        # Rounding may leave a gap of up to a pixel between common edges.
        cv2.polylines(label, [_rounded(shape) for shape in kept], True, 0, thickness=3)
        return
    for thing in (old, new):
        if thing is not None:
            _fill(label, footprints(thing, site), LABELS[thing.kind])


def _fill(label: np.ndarray, shapes: list[Polygon], value: int) -> None:
    for shape in shapes:
        cv2.fillPoly(label, [_rounded(shape)], value)


def _rounded(shape: Polygon) -> np.ndarray:
    return np.rint(shape).astype(np.int32)
