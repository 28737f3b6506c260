"""Land cover of a scene."""

import math
from collections.abc import Iterable
from random import Random

import numpy as np

from mmrsicc.synthcc.geometry import Point
from mmrsicc.synthcc.kinds import LANDS
from mmrsicc.synthcc.noise import value_noise
from mmrsicc.synthcc.scene import Ground
from mmrsicc.synthcc.textures import TILE

#: Pixels beyond each edge of the image that are laid out too, for misregistration.
MARGIN = 4


def draw_ground(random: Random, size: int) -> Ground:
    """Choose the land cover of a scene of ``size`` pixels a side."""
    first = random.choice(LANDS)
    draw = random.random()
    if draw < 0.45:
        covers: tuple[str, ...] = (first,)
    elif draw < 0.65:
        covers = (first, "water")
    else:
        covers = (first, random.choice([land for land in LANDS if land != first]))
    free = max(TILE - size - 2 * MARGIN, 0)
    shade = random.uniform(0.88, 1.1)
    return Ground(
        covers=covers,
        border_seed=random.getrandbits(32),
        slope=random.uniform(0, 2 * math.pi),
        level=random.uniform(0.05, 0.3) if covers[-1] != "water" else random.uniform(0.2, 0.38),
        tint=(shade * random.uniform(0.94, 1.06), shade, shade * random.uniform(0.92, 1.04)),
        crops=tuple((random.randint(0, free), random.randint(0, free)) for _ in covers),
        turns=tuple(random.randrange(4) for _ in covers),
    )


def land_map(ground: Ground, size: int) -> np.ndarray:
    """Index of each pixel's land cover, (S, S) uint8 with ``MARGIN`` pixels on each side."""
    side = size + 2 * MARGIN
    if len(ground.covers) == 1:
        return np.zeros((side, side), np.uint8)
    axis = (np.arange(side) + 0.5) / side - 0.5
    ramp = math.cos(ground.slope) * axis + math.sin(ground.slope) * axis[:, None]
    rough = value_noise(ground.border_seed, side, side // 3)
    rough = 0.3 * rough + 0.05 * value_noise(ground.border_seed + 1, side, max(side // 16, 2))
    return (ramp + rough > ground.level).astype(np.uint8)


def covers_at(ground: Ground, lands: np.ndarray, points: Iterable[Point]) -> list[str]:
    """The land cover at each point; points outside count as the nearest edge."""
    last = len(lands) - 1
    return [
        ground.covers[lands[min(max(int(y) + MARGIN, 0), last), min(max(int(x) + MARGIN, 0), last)]]
        for x, y in points
    ]
