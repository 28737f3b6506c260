"""A scene on one HTML page: both dates, objects to click on, their sentences.

The page stays small for any scene: its pictures have at most
:data:`~mmrsicc.scenes.overview.OVERVIEW_EDGE` pixels an edge, it has at most :data:`MOST_OBJECTS`
objects, and outlines of objects are simplified.
"""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

from PIL import Image
from shapely import Geometry, get_parts

from mmrsicc.pages import render
from mmrsicc.scenes.outcome import SceneOutcome
from mmrsicc.scenes.page_tiles import TILE_EDGE, count_levels
from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.results import ChangeObject
from mmrsicc.utils.counts import counted
from mmrsicc.utils.data_uri import data_uri
from mmrsicc.utils.files import atomic_path

#: Objects on a page at most: those that most likely changed.
MOST_OBJECTS = 1000

#: Share of an object's larger edge by which its outline may be off, and pixels that are at least.
_OFF, _PIXELS = 0.01, 0.75


def write_report(
    outcome: SceneOutcome, overview: PairPixels, title: str, path: Path, tiles: str | None = None
) -> None:
    """Writes the page. It needs no network, and without tiles no other file.

    Args:
        outcome: What it shows.
        overview: Both dates, small.
        title: What the scenes are called.
        path: Of the page.
        tiles: Folder beside the page, from :func:`~mmrsicc.scenes.page_tiles.write_page_tiles`, for
            parts that are looked at closely.
    """
    objects = sorted(outcome.objects, key=_likely)[:MOST_OBJECTS]
    scene = {
        "width": outcome.width,
        "height": outcome.height,
        "objects": [_object(found, outcome.gsd) for found in objects],
        "tiles": tiles
        and {
            "folder": tiles,
            "levels": count_levels(outcome.width, outcome.height),
            "edge": TILE_EDGE,
            "picture": overview.before.shape[1],
        },
    }
    html = render(
        "scene.html",
        title=title,
        dates=[day or name for day, name in zip(outcome.dates, ("before", "after"), strict=True)],
        images=[data_uri(Image.fromarray(date)) for date in (overview.before, overview.after)],
        captioner=outcome.captioner,
        facts=_facts(outcome),
        remarks=outcome.remarks,
        prefilter=outcome.prefilter,
        scene=scene,
        left_out=len(outcome.objects) - len(objects),
    )
    with atomic_path(path) as temporary:
        temporary.write_text(html, "utf-8")


def _likely(found: ChangeObject) -> tuple[bool, float, float]:
    """Sorts what changed first, then by probability and area."""
    probability = found.change_probability
    return not found.changed, -(-inf if probability is None else probability), -found.shape.area


def _facts(outcome: SceneOutcome) -> list[str]:
    facts = [f"{outcome.width} x {outcome.height} pixels"]
    if outcome.gsd is not None:
        facts[0] += f" of {outcome.gsd:.3g} m"
    facts += [f"{counted(count, 'tile')} {what}" for what, count in outcome.tiles.items()]
    facts.append(
        f"{counted(len(outcome.objects), 'object')}, {outcome.changed_objects} of them changed"
    )
    if outcome.disagreeing:
        facts.append(f"mask and sentence disagree on {outcome.disagreeing}")
    if outcome.shift is not None:
        facts.append(
            f"measured shift {outcome.shift.length:.2f} pixels "
            f"(spread {outcome.shift.spread:.2f}, {counted(outcome.shift.windows, 'window')})"
        )
    return facts


def _object(found: ChangeObject, gsd: float | None) -> dict[str, Any]:
    area = found.shape.area
    return {
        "path": _svg_path(found.shape),
        "bounds": [int(value) for value in found.shape.bounds],
        "caption": found.caption,
        "changed": found.changed,
        "disagrees": found.disagrees,
        "direction": found.direction,
        "pixels": area,
        "area": f"{area * gsd**2:.0f} m²" if gsd else f"{area:.0f} pixels",
        "probability": found.change_probability,
        "nBest": [[words, round(score, 3)] for words, score in found.n_best],
    }


def _svg_path(shape: Geometry) -> str:
    """Polygons with their holes, in pixels, as SVG writes them."""
    left, top, right, bottom = shape.bounds
    simple = shape.simplify(max(_PIXELS, _OFF * max(right - left, bottom - top)))
    rings = [ring for part in get_parts(simple) for ring in (part.exterior, *part.interiors)]
    return "".join(
        "M" + "L".join(f"{x:.0f},{y:.0f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings
    )
