"""A scene on one HTML page: both dates, objects to click on, their sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image
from shapely import Geometry, get_parts

from mmrsicc.scenes.outcome import SceneOutcome
from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.report_page import PAGE
from mmrsicc.scenes.results import ChangeObject
from mmrsicc.utils.data_uri import data_uri
from mmrsicc.utils.files import atomic_path


def write_report(outcome: SceneOutcome, overview: PairPixels, title: str, path: Path) -> None:
    """Writes the page. It needs no other file and no network, and runs in any browser.

    Args:
        outcome: What it shows.
        overview: Both dates, small.
        title: What the scenes are called.
        path: Of the page.
    """
    content = {
        "title": title,
        "width": outcome.width,
        "height": outcome.height,
        "dates": [
            day or name for day, name in zip(outcome.dates, ("before", "after"), strict=True)
        ],
        "images": [data_uri(Image.fromarray(date)) for date in (overview.before, overview.after)],
        "captioner": outcome.captioner,
        "facts": _facts(outcome),
        "remarks": list(outcome.remarks),
        "prefilter": [
            [cost.threshold, cost.skipped, cost.captioned, cost.lost, cost.changes]
            for cost in outcome.prefilter
        ],
        "objects": [_object(found, outcome.gsd) for found in outcome.objects],
    }
    # "<" is escaped, so that a sentence cannot close the script element.
    data = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    with atomic_path(path) as temporary:
        temporary.write_text(PAGE.replace("{{DATA}}", data), "utf-8")


def _facts(outcome: SceneOutcome) -> list[str]:
    facts = [f"{outcome.width} x {outcome.height} pixels"]
    if outcome.gsd is not None:
        facts[0] += f" of {outcome.gsd:.3g} m"
    facts += [f"{count} tiles {what}" for what, count in outcome.tiles.items()]
    facts.append(f"{len(outcome.objects)} objects, {outcome.changed_objects} of them changed")
    if outcome.disagreeing:
        facts.append(f"mask and sentence disagree on {outcome.disagreeing}")
    if outcome.shift is not None:
        facts.append(
            f"measured shift {outcome.shift.length:.2f} pixels "
            f"(spread {outcome.shift.spread:.2f}, {outcome.shift.windows} windows)"
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
    rings = [ring for part in get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "".join(
        "M" + "L".join(f"{x:g},{y:g}" for x, y in ring.coords[:-1]) + "Z" for ring in rings
    )
