"""The ground that things take up: footprints, for masks and for drawing."""

import math
from random import Random

from mmrsicc.synthcc.geometry import Path, Plot, Polygon
from mmrsicc.synthcc.scene import Site, Thing


def footprints(thing: Thing, site: Site) -> list[Polygon]:
    """Polygons of the ground that a thing covers, one for each house, villa or tree.

    Args:
        thing: What stands there.
        site: Where it stands.
    """
    if isinstance(site, Path):
        return [site.outline(thing.extent)]
    return _SHAPES[thing.kind](thing, site)


def _span(thing: Thing) -> tuple[float, float]:
    """The part of a plot's length that a thing takes up."""
    return -0.46, -0.46 + 0.92 * thing.extent


def _slots(thing: Thing, plot: Plot, unit: float) -> list[tuple[float, Random]]:
    """Slots of several units of a size along a plot, each with its own source of choices."""
    pitch = min(plot.length / thing.count, 1.4 * unit)
    spare = plot.length - pitch * thing.count
    start = Random(thing.seed).uniform(-0.5, 0.5) * spare
    return [
        (
            (start + pitch * (number - (thing.count - 1) / 2)) / plot.length,
            Random(thing.seed + number),
        )
        for number in range(thing.count)
    ]


def _houses(thing: Thing, plot: Plot) -> list[Polygon]:
    boxes: list[Polygon] = []
    for along, random in _slots(thing, plot, 24):
        length, depth = random.uniform(18, 23), random.uniform(17, 24)
        boxes.append(plot.box(along, random.uniform(-0.1, 0.05), length, depth))
    return boxes


def _villas(thing: Thing, plot: Plot) -> list[Polygon]:
    """L-shaped, one after the other."""
    shapes: list[Polygon] = []
    for along, random in _slots(thing, plot, 38):
        length, depth = random.uniform(31, 36), random.uniform(27, 32)
        u, v = length / plot.length / 2, depth / plot.depth / 2
        inner_u, inner_v = u * random.uniform(-0.1, 0.2), v * random.uniform(-0.1, 0.2)
        corners = [(-u, -v), (u, -v), (u, inner_v), (inner_u, inner_v), (inner_u, v), (-u, v)]
        flip = random.choice((-1, 1))
        shapes.append([plot.point(along + flip * a, b) for a, b in corners])
    return shapes


def _block(thing: Thing, plot: Plot) -> list[Polygon]:
    return [plot.rectangle(_span(thing), (-0.44, 0.44))]


def _pool(thing: Thing, plot: Plot) -> list[Polygon]:
    random = Random(thing.seed)
    return [plot.box(0, 0, random.uniform(22, 28), random.uniform(12, 15))]


def _blob(thing: Thing, plot: Plot) -> list[Polygon]:
    """A round outline with bays, which shrinks towards one end of the plot."""
    random = Random(thing.seed)
    waves = [(random.uniform(0, 2 * math.pi), random.uniform(0.02, 0.06)) for _ in range(4)]
    scale = math.sqrt(thing.extent)
    outline = []
    for step in range(40):
        angle = 2 * math.pi * step / 40
        radius = 0.4 + sum(
            size * math.sin((number + 2) * angle + phase)
            for number, (phase, size) in enumerate(waves)
        )
        radius = min(radius, 0.5) * scale
        shift = -0.46 * (1 - scale)
        outline.append(plot.point(shift + radius * math.cos(angle), radius * math.sin(angle)))
    return [outline]


def _trees(thing: Thing, plot: Plot) -> list[Polygon]:
    shapes: list[Polygon] = []
    for along, random in _slots(thing, plot, 16):
        middle = plot.point(along, random.uniform(-0.2, 0.2))
        radius = random.uniform(6.5, 8.5)
        shapes.append(
            [
                (
                    middle[0] + radius * math.cos(step * math.pi / 6),
                    middle[1] + radius * math.sin(step * math.pi / 6),
                )
                for step in range(12)
            ]
        )
    return shapes


_SHAPES = {
    "house": _houses,
    "villa": _villas,
    "building": _block,
    "parking lot": _block,
    "playground": _block,
    "swimming pool": _pool,
    "lake": _blob,
    "woods": _blob,
    "tree": _trees,
}
