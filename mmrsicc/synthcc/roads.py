"""Roads and cars."""

import math
from random import Random

from mmrsicc.synthcc.drawing import ASPHALT, CONCRETE, Canvas, Colour, shifted
from mmrsicc.synthcc.geometry import Path, Plot
from mmrsicc.synthcc.scene import Site, Thing

_DIRT: Colour = (206, 190, 158)
_CARS: tuple[Colour, ...] = (
    (232, 232, 232),
    (196, 198, 202),
    (40, 42, 46),
    (120, 124, 130),
    (150, 40, 36),
    (46, 70, 120),
)


def draw_road(canvas: Canvas, thing: Thing, path: Path) -> None:
    """Draw asphalt with kerbs and a middle line, or a dirt road."""
    random = Random(thing.seed)
    tone = random.randint(-14, 20)
    base = shifted(ASPHALT if path.paved else _DIRT, tone)
    outline = path.outline(thing.extent)
    if path.paved:
        canvas.fill(path.outline(thing.extent, path.width + 4), shifted(CONCRETE, tone - 10))
    canvas.fill(outline, base)
    line = path.part(thing.extent)
    if path.paved and path.width > 14:
        for index in range(0, len(line) - 1, 2):
            canvas.line(line[index : index + 2], (206, 202, 190), 0.5)
    elif not path.paved:
        canvas.line(line, shifted(base, -22), 2.0)


def draw_traffic(canvas: Canvas, thing: Thing, site: Site, seed: str, moved: float) -> None:
    """Put cars on a paved road.

    Args:
        canvas: Where to draw.
        thing: The road.
        site: Its course; anything else stays empty.
        seed: Fixes number, places and colours of the cars.
        moved: Share of them that are somewhere else.
    """
    if not isinstance(site, Path) or not site.paved:
        return
    line = site.part(thing.extent)
    for number in range(Random(seed).randrange(4)):
        random = Random(f"{seed} {number}")
        if random.random() < moved:
            random = Random(f"{seed} {number} moved")
        at = random.randrange(len(line) - 1)
        (x0, y0), (x1, y1) = line[at], line[at + 1]
        angle = math.atan2(y1 - y0, x1 - x0)
        lane = random.choice((-1, 1)) * site.width / 4
        draw_car(canvas, x0 - math.sin(angle) * lane, y0 + math.cos(angle) * lane, angle, random)


def draw_car(canvas: Canvas, x: float, y: float, angle: float, random: Random) -> None:
    """Draw a car that points in a direction, and remember its shadow."""
    plot = Plot(x, y, 8.5, 3.8, angle)
    canvas.shade(plot.rectangle(), 1.4)
    colour = random.choice(_CARS)
    canvas.fill(plot.rectangle(), colour)
    canvas.fill(plot.rectangle((0.08, 0.24), (-0.4, 0.4)), (36, 40, 46))
