"""How each kind of thing is drawn."""

import math
from collections.abc import Iterable
from random import Random

import numpy as np

from mmrsicc.datasets.synthcc.drawing import Canvas, Colour
from mmrsicc.datasets.synthcc.geometry import Path, Plot, Point, Polygon
from mmrsicc.datasets.synthcc.scene import Site, Thing
from mmrsicc.datasets.synthcc.shapes import footprints

#: Kinds that lie flat on the ground.
FLAT = ("road", "parking lot", "playground", "swimming pool", "lake")

_ROOFS: tuple[Colour, ...] = (
    (96, 92, 90),
    (122, 116, 110),
    (140, 122, 104),
    (150, 96, 76),
    (116, 78, 62),
    (168, 160, 150),
    (84, 88, 98),
)
_FLAT_ROOFS: tuple[Colour, ...] = (
    (206, 204, 198),
    (184, 180, 172),
    (160, 158, 154),
    (222, 220, 216),
    (112, 134, 158),
    (176, 132, 110),
)
_CARS: tuple[Colour, ...] = (
    (232, 232, 232),
    (196, 198, 202),
    (40, 42, 46),
    (120, 124, 130),
    (150, 40, 36),
    (46, 70, 120),
)
_CONCRETE: Colour = (190, 184, 172)
_ASPHALT: Colour = (112, 110, 108)
_DIRT: Colour = (206, 190, 158)


def draw_flat(canvas: Canvas, thing: Thing, site: Site) -> None:
    """Draw a flat thing, or what lies around a tall one, and remember its shadow."""
    random = Random(thing.seed)
    if isinstance(site, Path):
        _road(canvas, thing, site, random)
    elif thing.kind in _FLAT_DRAWERS:
        _FLAT_DRAWERS[thing.kind](canvas, thing, site, random)


def draw_tall(canvas: Canvas, thing: Thing, site: Site) -> None:
    """Draw a thing that casts a shadow."""
    assert isinstance(site, Plot)
    _TALL_DRAWERS[thing.kind](canvas, thing, site, Random(thing.seed))


def draw_tree(canvas: Canvas, x: float, y: float, diameter: float, seed: int) -> None:
    """Draw a single tree."""
    canvas.crown(x, y, diameter, seed)


def draw_traffic(canvas: Canvas, things: Iterable[tuple[Thing, Site]], random: Random) -> None:
    """Put cars on the paved roads."""
    for thing, site in things:
        if not isinstance(site, Path) or not site.paved:
            continue
        line = site.part(thing.extent)
        for _ in range(random.randrange(4)):
            at = random.randrange(len(line) - 1)
            (x0, y0), (x1, y1) = line[at], line[at + 1]
            angle = math.atan2(y1 - y0, x1 - x0)
            lane = random.choice((-1, 1)) * site.width / 4
            middle = x0 - math.sin(angle) * lane, y0 + math.cos(angle) * lane
            _car(canvas, *middle, angle, random)


def _car(canvas: Canvas, x: float, y: float, angle: float, random: Random) -> None:
    plot = Plot(x, y, 8.5, 3.8, angle)
    canvas.shade(plot.rectangle(), 1.4)
    colour = random.choice(_CARS)
    canvas.fill(plot.rectangle(), colour)
    canvas.fill(plot.rectangle((0.08, 0.24), (-0.4, 0.4)), (36, 40, 46))


def _road(canvas: Canvas, thing: Thing, path: Path, random: Random) -> None:
    tone = random.randint(-14, 20)
    base = _shifted(_ASPHALT if path.paved else _DIRT, tone)
    outline = path.outline(thing.extent)
    if path.paved:
        canvas.fill(path.outline(thing.extent, path.width + 4), _shifted(_CONCRETE, tone - 10))
    canvas.fill(outline, base)
    line = path.part(thing.extent)
    if path.paved and path.width > 14:
        for index in range(0, len(line) - 1, 2):
            canvas.line(line[index : index + 2], (206, 202, 190), 0.5)
    elif not path.paved:
        canvas.line(line, _shifted(base, -22), 2.0)


def _yard(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """A lawn or bare soil around houses, with a drive from each to the road."""
    if random.random() < 0.65:
        lawn = canvas.lawn[random.randint(90, 150)]
        colour: Colour = (int(lawn[0]), int(lawn[1]), int(lawn[2]))
    else:
        colour = _shifted((178, 158, 126), random.randint(-18, 18))
    canvas.fill(plot.rectangle(), colour)
    canvas.stipple(plot.rectangle(), 12, thing.seed)
    if plot.road is not None:
        for shape in footprints(thing, plot):
            middle = np.mean(np.asarray(shape)[:4], axis=0)
            along = _along(plot, middle)
            width = 6 / plot.length / 2
            drive = plot.rectangle((along - width, along + width), (-0.66, 0.0))
            canvas.fill(drive, _shifted(_CONCRETE, random.randint(0, 20)))
    for shape in footprints(thing, plot):
        canvas.shade(shape, 5.0 if thing.kind == "house" else 6.5)


def _along(plot: Plot, point: Iterable[float]) -> float:
    x, y = point
    return ((x - plot.x) * math.cos(plot.angle) + (y - plot.y) * math.sin(plot.angle)) / plot.length


def _gable(canvas: Canvas, roof: Polygon, random: Random) -> None:
    """A pitched roof of four corners: two halves lit differently, and the ridge."""
    base = random.choice(_ROOFS)
    a, b, c, d = roof
    left, right = _between(a, d), _between(b, c)
    bright, dark = (0, -30) if _faces_sun(canvas, a, d) else (-30, 0)
    canvas.fill([a, b, right, left], _shifted(base, bright + 18))
    canvas.fill([left, right, c, d], _shifted(base, dark + 18))
    canvas.line([left, right], _shifted(base, 42), 0.5)


def _houses(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    for shape in footprints(thing, plot):
        _gable(canvas, shape, random)


def _villas(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Two wings at right angles, hipped."""
    for shape in footprints(thing, plot):
        base = random.choice(_ROOFS)
        a, b, c, inner, e, f = shape
        corner = _between(a, inner)
        bright, dark = (24, -14) if _faces_sun(canvas, a, f) else (-14, 24)
        canvas.fill(shape, _shifted(base, 4))
        canvas.fill([a, b, _between(b, c), corner], _shifted(base, bright))
        canvas.fill([corner, _between(e, f), f, a], _shifted(base, dark))
        canvas.line([corner, _between(b, c)], _shifted(base, 46), 0.5)
        canvas.line([corner, _between(e, f)], _shifted(base, 46), 0.5)


def _apron(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Concrete around a large building."""
    (shape,) = footprints(thing, plot)
    canvas.fill(_grown(shape, 1.12), _shifted(_CONCRETE, random.randint(-24, 8)))
    canvas.shade(shape, random.uniform(7, 11))


def _building(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """A flat roof with a parapet and machines on it."""
    (shape,) = footprints(thing, plot)
    base = random.choice(_FLAT_ROOFS)
    canvas.fill(shape, _shifted(base, -34))
    canvas.fill(_grown(shape, 0.93), base)
    canvas.stipple(_grown(shape, 0.93), 7, thing.seed)
    seams = random.randint(2, 5)
    a, b, c, d = _grown(shape, 0.93)
    for number in range(1, seams):
        share = number / seams
        canvas.line([_between(a, b, share), _between(d, c, share)], _shifted(base, -12), 0.5)
    for _ in range(random.randint(3, 7)):
        u, v = random.uniform(0.1, 0.9), random.uniform(0.15, 0.85)
        x, y = _between(_between(a, b, u), _between(d, c, u), v)
        box = Plot(x, y, random.uniform(3, 7), random.uniform(3, 5), plot.angle)
        canvas.fill(Plot(x + 1, y + 1, box.length, box.depth, box.angle).rectangle(), (84, 84, 84))
        canvas.fill(box.rectangle(), _shifted(base, 24))


def _parking_lot(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Two or more rows of stalls, some of them taken."""
    (shape,) = footprints(thing, plot)
    canvas.fill(_grown(shape, 1.06), _shifted(_CONCRETE, -8))
    canvas.fill(shape, _shifted(_ASPHALT, random.randint(-12, 16)))
    canvas.stipple(shape, 6, thing.seed)
    start, stop = -0.44, -0.44 + 0.88 * thing.extent
    rows = 4 if plot.depth > 60 else 2
    stall = 5.6 / plot.length
    for row in range(rows):
        across = -0.34 + 0.68 * row / (rows - 1)
        half = 5.0 / plot.depth
        along = start
        while along <= stop:
            ends = [plot.point(along, across - half), plot.point(along, across + half)]
            canvas.line(ends, (214, 212, 206), 0.5)
            taken, car = random.random() < 0.55, Random(random.random())
            if taken and along + stall <= stop:
                middle = plot.point(along + stall / 2, across)
                _car(canvas, *middle, plot.angle + math.pi / 2, car)
            along += stall


def _playground(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """A running track around a pitch, or courts side by side."""
    (shape,) = footprints(thing, plot)
    if random.random() < 0.6:
        canvas.fill(shape, (150, 150, 128))
        canvas.fill(_oval(plot, 0.45, 0.43), (168, 84, 62))
        for ring in (0.42, 0.39):
            outline = _oval(plot, ring, ring - 0.02)
            canvas.line([*outline, outline[0]], (216, 190, 178), 0.5)
        canvas.fill(_oval(plot, 0.36, 0.32), (84, 132, 70))
        pitch = plot.rectangle((-0.25, 0.25), (-0.24, 0.24))
    else:
        canvas.fill(shape, (92, 136, 92))
        canvas.fill(plot.rectangle((-0.38, -0.03), (-0.34, 0.34)), (172, 92, 72))
        pitch = plot.rectangle((0.03, 0.38), (-0.34, 0.34))
        canvas.fill(pitch, (80, 110, 156))
    white = (232, 232, 226)
    canvas.line([*pitch, pitch[0]], white, 0.5)
    canvas.line([_between(*pitch[:2]), _between(*pitch[2:])], white, 0.5)


def _pool(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    (shape,) = footprints(thing, plot)
    canvas.fill(_grown(shape, 1.35), (214, 206, 190))
    canvas.fill(shape, random.choice(((84, 186, 206), (64, 160, 196), (104, 200, 206))))
    canvas.line([*shape, shape[0]], (236, 238, 236), 0.5)


def _lake(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    (shape,) = footprints(thing, plot)
    canvas.fill(_grown(shape, 1.12), (150, 138, 104))
    water = (random.randint(36, 60), random.randint(74, 96), random.randint(78, 96))
    canvas.fill(shape, water)
    canvas.stipple(shape, 4, thing.seed)
    canvas.fill(_grown(shape, 0.6), _shifted(water, -7))


def _woods(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Crowns all over the footprint, drawn from the top down."""
    (shape,) = footprints(thing, plot)
    whole = math.sqrt(thing.extent)
    number = int(plot.length * plot.depth * thing.extent / 70)
    spots = []
    for _ in range(number):
        radius, angle = 0.9 * math.sqrt(random.random()), random.uniform(0, 2 * math.pi)
        edge = np.asarray(shape[int(angle / (2 * math.pi) * len(shape))])
        middle = np.asarray(plot.point(-0.46 * (1 - whole), 0))
        x, y = (middle + radius * (edge - middle)).tolist()
        spots.append((y, x, random.uniform(8, 15), random.getrandbits(16)))
    for y, x, diameter, seed in sorted(spots):
        canvas.crown(x, y, diameter, seed)


def _trees(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    for shape in footprints(thing, plot):
        (x0, y0), (x1, y1) = np.min(shape, axis=0), np.max(shape, axis=0)
        canvas.crown((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0 + 1, random.getrandbits(16))


def _oval(plot: Plot, along: float, across: float) -> list[Point]:
    """A track: straight sides, round ends."""
    radius = across * plot.depth
    straight = max(along * plot.length - radius, 0.0)
    outline = []
    for step in range(32):
        angle = 2 * math.pi * step / 32 - math.pi / 2
        u = math.copysign(straight, math.cos(angle)) + radius * math.cos(angle)
        outline.append(plot.point(u / plot.length, radius * math.sin(angle) / plot.depth))
    return outline


def _faces_sun(canvas: Canvas, ridge_side: Point, other: Point) -> bool:
    """Whether the slope from ``other`` to ``ridge_side`` looks towards the sun."""
    dx, dy = ridge_side[0] - other[0], ridge_side[1] - other[1]
    return dx * canvas.sun[0] + dy * canvas.sun[1] < 0


def _between(a: Point, b: Point, share: float = 0.5) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _grown(polygon: Polygon, factor: float) -> list[Point]:
    x, y = np.mean(np.asarray(polygon), axis=0).tolist()
    return [(x + (px - x) * factor, y + (py - y) * factor) for px, py in polygon]


def _shifted(colour: Colour, by: int) -> Colour:
    red, green, blue = (min(max(value + by, 0), 255) for value in colour)
    return red, green, blue


_FLAT_DRAWERS = {
    "house": _yard,
    "villa": _yard,
    "building": _apron,
    "parking lot": _parking_lot,
    "playground": _playground,
    "swimming pool": _pool,
    "lake": _lake,
}
_TALL_DRAWERS = {
    "house": _houses,
    "villa": _villas,
    "building": _building,
    "woods": _woods,
    "tree": _trees,
}
