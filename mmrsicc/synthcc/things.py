"""Drawing of each kind of thing."""

import math
from collections.abc import Iterable
from random import Random

import numpy as np

from mmrsicc.synthcc.drawing import (
    ASPHALT,
    CONCRETE,
    Canvas,
    Colour,
    between,
    grown,
    shifted,
)
from mmrsicc.synthcc.geometry import Path, Plot, Point, Polygon
from mmrsicc.synthcc.roads import draw_car, draw_road
from mmrsicc.synthcc.scene import Site, Thing
from mmrsicc.synthcc.shapes import footprints

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


def draw_flat(canvas: Canvas, thing: Thing, site: Site) -> None:
    """Draw a flat thing, or what lies around a tall one, and remember its shadow."""
    random = Random(thing.seed)
    if isinstance(site, Path):
        draw_road(canvas, thing, site)
    elif thing.kind in _FLAT_DRAWERS:
        _FLAT_DRAWERS[thing.kind](canvas, thing, site, random)


def draw_tall(canvas: Canvas, thing: Thing, site: Site) -> None:
    """Draw a thing that casts a shadow."""
    assert isinstance(site, Plot)
    _TALL_DRAWERS[thing.kind](canvas, thing, site, Random(thing.seed))


def _yard(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """A lawn or bare soil around houses, with a drive from each to the road."""
    if random.random() < 0.65:
        lawn = canvas.lawn[random.randint(90, 150)]
        colour: Colour = (int(lawn[0]), int(lawn[1]), int(lawn[2]))
    else:
        colour = shifted((178, 158, 126), random.randint(-18, 18))
    border = _ragged(plot, Random(thing.seed + 1))
    canvas.fill(border, colour)
    canvas.stipple(border, 12, thing.seed)
    if plot.road is not None:
        for shape in footprints(thing, plot):
            middle = np.mean(np.asarray(shape)[:4], axis=0)
            along = _along(plot, middle)
            width = 6 / plot.length / 2
            drive = plot.rectangle((along - width, along + width), (-0.66, 0.0))
            canvas.fill(drive, shifted(CONCRETE, random.randint(0, 20)))
    for shape in footprints(thing, plot):
        canvas.shade(shape, 5.0 if thing.kind == "house" else 6.5)


def _ragged(plot: Plot, random: Random) -> list[Point]:
    """The outline of a plot as no surveyor would draw it."""
    outline = []
    for u0, v0, u1, v1 in ((-1, -1, 1, -1), (1, -1, 1, 1), (1, 1, -1, 1), (-1, 1, -1, -1)):
        for step in range(5):
            u, v = u0 + (u1 - u0) * step / 5, v0 + (v1 - v0) * step / 5
            outline.append(plot.point(u * random.uniform(0.44, 0.5), v * random.uniform(0.44, 0.5)))
    return outline


def _garden(canvas: Canvas, plot: Plot, random: Random) -> None:
    """A few trees behind the houses."""
    for _ in range(random.randrange(4)):
        x, y = plot.point(random.uniform(-0.45, 0.45), random.uniform(0.38, 0.48))
        canvas.crown(x, y, random.uniform(6, 10), random.getrandbits(16))


def _along(plot: Plot, point: Iterable[float]) -> float:
    x, y = point
    return ((x - plot.x) * math.cos(plot.angle) + (y - plot.y) * math.sin(plot.angle)) / plot.length


def _gable(canvas: Canvas, roof: Polygon, random: Random) -> None:
    """A pitched roof of four corners: two halves lit differently, and the ridge."""
    base = random.choice(_ROOFS)
    a, b, c, d = roof
    left, right = between(a, d), between(b, c)
    bright, dark = (0, -30) if _faces_sun(canvas, a, d) else (-30, 0)
    canvas.fill([a, b, right, left], shifted(base, bright + 18))
    canvas.fill([left, right, c, d], shifted(base, dark + 18))
    canvas.line([left, right], shifted(base, 42), 0.5)


def _houses(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    for shape in footprints(thing, plot):
        _gable(canvas, shape, random)
    _garden(canvas, plot, random)


def _villas(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Two wings at right angles, hipped."""
    for shape in footprints(thing, plot):
        base = random.choice(_ROOFS)
        a, b, c, inner, e, f = shape
        corner = between(a, inner)
        bright, dark = (24, -14) if _faces_sun(canvas, a, f) else (-14, 24)
        canvas.fill(shape, shifted(base, 4))
        canvas.fill([a, b, between(b, c), corner], shifted(base, bright))
        canvas.fill([corner, between(e, f), f, a], shifted(base, dark))
        canvas.line([corner, between(b, c)], shifted(base, 46), 0.5)
        canvas.line([corner, between(e, f)], shifted(base, 46), 0.5)
    _garden(canvas, plot, random)


def _apron(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Concrete around a large building."""
    (shape,) = footprints(thing, plot)
    canvas.fill(grown(shape, 1.12), shifted(CONCRETE, random.randint(-24, 8)))
    canvas.shade(shape, random.uniform(7, 11))


def _building(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """A flat roof with a parapet and machines on it."""
    (shape,) = footprints(thing, plot)
    base = random.choice(_FLAT_ROOFS)
    canvas.fill(shape, shifted(base, -34))
    canvas.fill(grown(shape, 0.93), base)
    canvas.stipple(grown(shape, 0.93), 7, thing.seed)
    seams = random.randint(2, 5)
    a, b, c, d = grown(shape, 0.93)
    for number in range(1, seams):
        share = number / seams
        canvas.line([between(a, b, share), between(d, c, share)], shifted(base, -12), 0.5)
    for _ in range(random.randint(3, 7)):
        u, v = random.uniform(0.1, 0.9), random.uniform(0.15, 0.85)
        x, y = between(between(a, b, u), between(d, c, u), v)
        box = Plot(x, y, random.uniform(3, 7), random.uniform(3, 5), plot.angle)
        canvas.fill(Plot(x + 1, y + 1, box.length, box.depth, box.angle).rectangle(), (84, 84, 84))
        canvas.fill(box.rectangle(), shifted(base, 24))


def _parking_lot(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    """Two or more rows of stalls, some of them taken."""
    (shape,) = footprints(thing, plot)
    canvas.fill(grown(shape, 1.06), shifted(CONCRETE, -8))
    canvas.fill(shape, shifted(ASPHALT, random.randint(-12, 16)))
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
                draw_car(canvas, *middle, plot.angle + math.pi / 2, car)
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
    canvas.line([between(pitch[0], pitch[1]), between(pitch[2], pitch[3])], white, 0.5)


def _pool(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    (shape,) = footprints(thing, plot)
    canvas.fill(grown(shape, 1.35), (214, 206, 190))
    canvas.fill(shape, random.choice(((84, 186, 206), (64, 160, 196), (104, 200, 206))))
    canvas.line([*shape, shape[0]], (236, 238, 236), 0.5)


def _lake(canvas: Canvas, thing: Thing, plot: Plot, random: Random) -> None:
    (shape,) = footprints(thing, plot)
    canvas.fill(grown(shape, 1.12), (150, 138, 104))
    water = (random.randint(36, 60), random.randint(74, 96), random.randint(78, 96))
    canvas.fill(shape, water)
    canvas.stipple(shape, 4, thing.seed)
    canvas.fill(grown(shape, 0.6), shifted(water, -7))


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
