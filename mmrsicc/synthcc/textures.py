"""Land cover textures: brightness tiles, made once a process, and the colours they are seen in.

A tile holds brightness alone, so that season and scene choose its colours. All arithmetic is
elementwise NumPy or integer OpenCV, which gives the same bytes on every machine.
"""

from functools import cache

import numpy as np

from mmrsicc.synthcc.noise import grain, value_noise

#: Side of a tile in pixels; scenes take crops of it.
TILE = 1024

Ramp = tuple[tuple[int, int, int], tuple[int, int, int]]

#: RGB where a tile is darkest and brightest, in the green season and in the dry one.
RAMPS: dict[str, tuple[Ramp, Ramp]] = {
    "bareland": (((96, 80, 58), (214, 196, 164)), ((104, 88, 68), (218, 202, 174))),
    "grassland": (((62, 76, 40), (156, 164, 104)), ((88, 84, 54), (192, 180, 132))),
    "farmland": (((60, 80, 38), (170, 178, 106)), ((104, 86, 54), (206, 186, 138))),
    "woods": (((12, 22, 12), (116, 132, 84)), ((26, 24, 16), (140, 132, 94))),
    "desert": (((154, 120, 80), (234, 208, 164)), ((154, 122, 84), (234, 210, 170))),
    "water": (((16, 44, 50), (70, 104, 98)), ((20, 42, 46), (78, 102, 94))),
}


@cache
def tile(land: str) -> np.ndarray:
    """Brightness of a land cover, (TILE, TILE) uint8. Always the same."""
    return _MAKERS[land]()


@cache
def crowns() -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Tree crowns seen from above: pairs of brightness and mask, both (S, S) uint8."""
    return tuple(_crown(seed, side) for seed, side in enumerate(range(14, 46, 2)))


def colours(land: str, dryness: float, tint: tuple[float, float, float]) -> np.ndarray:
    """Look-up table from brightness to RGB, (1, 256, 3) uint8.

    Args:
        land: Land cover, or ``water``.
        dryness: 0 in the green season, 1 in the dry one.
        tint: Factor of each colour, which makes one scene's soil differ from another's.
    """
    green, dry = RAMPS[land]
    ends = [
        [(g + (d - g) * dryness) * factor for g, d, factor in zip(*pair, tint, strict=True)]
        for pair in zip(green, dry, strict=True)
    ]
    level = np.arange(256, dtype=np.float64)[:, None] / 255
    table = np.array(ends[0]) * (1 - level) + np.array(ends[1]) * level
    return np.clip(np.rint(table), 0, 255).astype(np.uint8)[None]


def _levels(field: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(field), 0, 255).astype(np.uint8)


def _soil() -> np.ndarray:
    field = 128 + 70 * value_noise(11, TILE, 128) + 46 * value_noise(12, TILE, 32)
    field += 30 * value_noise(13, TILE, 8) + 26 * value_noise(14, TILE, 3) + grain(15, TILE, 7)
    return _scrub(_levels(field), seed=16, number=420, sizes=slice(7))


def _grass() -> np.ndarray:
    field = 122 + 60 * value_noise(21, TILE, 160) + 34 * value_noise(22, TILE, 24)
    field += 26 * value_noise(23, TILE, 6) + grain(24, TILE, 8)
    return _scrub(_levels(field), seed=25, number=320, sizes=slice(7))


def _desert() -> np.ndarray:
    warp = 60 * value_noise(31, TILE, 128) + 10 * value_noise(32, TILE, 24)
    rows = np.arange(TILE, dtype=np.float64)[:, None]
    phase = (rows + warp) % 16 / 16
    ripple = 1 - np.abs(2 * phase - 1)
    field = 112 + 34 * ripple * (0.4 + value_noise(33, TILE, 96)) + 60 * value_noise(34, TILE, 200)
    field += 16 * value_noise(36, TILE, 5) + grain(35, TILE, 7)
    return _levels(field)


def _water() -> np.ndarray:
    field = 110 + 70 * value_noise(41, TILE, 256) + 20 * value_noise(42, TILE, 16)
    return _levels(field + grain(43, TILE, 5))


def _farmland() -> np.ndarray:
    """Strips of fields, each with its own tone and its own direction of rows."""
    draw = np.random.PCG64(51)
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.float64)
    field = np.empty((TILE, TILE))
    top = 0
    while top < TILE:
        height = 72 + int(draw.random_raw()) % 60
        left = 0
        while left < TILE:
            width = 90 + int(draw.random_raw()) % 90
            across, tone = int(draw.random_raw()) % 2, int(draw.random_raw()) % 110 - 55
            part = np.s_[top : top + height, left : left + width]
            rows = (y if across else x)[part] + 0.06 * (x if across else y)[part]
            field[part] = 124 + tone + 16 * (np.abs(2 * (rows / 5 % 1) - 1) - 0.5)
            field[top : top + 3, left : left + width] = 70
            field[top : top + height, left : left + 3] = 70
            left += width
        top += height
    field += 40 * value_noise(52, TILE, 64) + 24 * value_noise(53, TILE, 6) + grain(54, TILE, 7)
    return _levels(field)


def _woods() -> np.ndarray:
    canvas = _levels(44 + 30 * value_noise(61, TILE, 64) + grain(62, TILE, 8))
    return _scrub(canvas, seed=63, number=9000, sizes=slice(3, 11))


def _scrub(canvas: np.ndarray, seed: int, number: int, sizes: slice) -> np.ndarray:
    """Scatter crowns, each with a shadow to its lower right, over a tile that wraps around."""
    raw = np.random.PCG64(seed).random_raw(number * 4).reshape(-1, 4)
    sprites = crowns()[sizes]
    reach = 26
    wide = np.pad(canvas, reach, mode="wrap")
    for x, y, which, tone in raw.tolist():
        brightness, mask = sprites[which % len(sprites)]
        # Crowns are drawn for twice the resolution of a tile.
        brightness, mask = brightness[::2, ::2], mask[::2, ::2]
        side = len(mask)
        left, top = reach // 2 + x % TILE, reach // 2 + y % TILE
        dark = wide[top + 2 : top + 2 + side, left + 2 : left + 2 + side]
        np.copyto(dark, dark // 2, where=mask > 0)
        lit = wide[top : top + side, left : left + side]
        np.copyto(lit, brightness // 2 + np.uint8(10 + tone % 50), where=mask > 0)
    return np.ascontiguousarray(wide[reach:-reach, reach:-reach])


def _crown(seed: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side * 2 - 1
    ragged = value_noise(100 + seed, side, max(side // 5, 2))
    mask = x * x + y * y < 0.74 + 0.5 * ragged
    light = 118 - 52 * (x + y) + 110 * value_noise(200 + seed, side, 3) + grain(300 + seed, side, 8)
    return _levels(light), mask.astype(np.uint8) * 255


_MAKERS = {
    "bareland": _soil,
    "grassland": _grass,
    "farmland": _farmland,
    "woods": _woods,
    "desert": _desert,
    "water": _water,
}
