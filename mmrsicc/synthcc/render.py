"""Rendering of a scene at one date as an aerial image.

Everything is drawn at twice the resolution in integers: bare ground, flat things, shadows, tall
things; then averaged down.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mmrsicc.synthcc.drawing import Canvas
from mmrsicc.synthcc.geometry import Path
from mmrsicc.synthcc.roads import draw_traffic
from mmrsicc.synthcc.scene import Ground, ScenePair, State
from mmrsicc.synthcc.textures import colours, tile
from mmrsicc.synthcc.things import FLAT, draw_flat, draw_tall


@dataclass(frozen=True)
class View:
    """View of a scene at one date.

    Attributes:
        dryness: Season, from 0 green to 1 dry.
        sun: Shift in pixels of the shadow of something 1 m high, to the right and down.
        shift: Half pixels by which the image lies off to the right and down, within twice
            ``MARGIN``.
        traffic: Seed of where the cars are.
        moved: Share of the cars that are elsewhere than the seed says.
    """

    dryness: float
    sun: tuple[float, float]
    shift: tuple[int, int]
    traffic: int
    moved: float = 0.0


def render(pair: ScenePair, state: State, view: View, land: np.ndarray) -> np.ndarray:
    """RGB image of a state of a scene, (size, size, 3) uint8.

    Args:
        pair: The scene.
        state: What stands on it, ``pair.before`` or ``pair.after``.
        view: How it is seen.
        land: Its :func:`mmrsicc.synthcc.ground.land_map`.
    """
    canvas = Canvas(_bare_ground(pair.ground, land, view.dryness), view.sun, view.dryness)
    part = draw_scene(canvas, pair, state, view)
    return cv2.resize(part, (pair.size, pair.size), interpolation=cv2.INTER_AREA)


def draw_scene(canvas: Canvas, pair: ScenePair, state: State, view: View) -> np.ndarray:
    """Draws all that stands on a scene; returns what is seen, at the canvas's resolution.

    Args:
        canvas: With the bare ground.
        pair: As for :func:`render`.
        state: The same.
        view: The same.
    """
    things = [(thing, pair.sites[index]) for index, thing in sorted(state.items())]
    for thing, site in things:
        paved = not isinstance(site, Path) or site.paved
        canvas.begin(thing.kind if paved else "dirt road")
        draw_flat(canvas, thing, site)
    canvas.begin("traffic")
    for index, thing in sorted(state.items()):
        draw_traffic(canvas, thing, pair.sites[index], f"{view.traffic} {index}", view.moved)
    canvas.cast_shadows()
    for thing, site in things:
        if thing.kind not in FLAT:
            canvas.begin(thing.kind, tall=True)
            draw_tall(canvas, thing, site)
    for tree in pair.trees:
        canvas.crown(*tree)
    return canvas.cut(canvas.pixels, pair.size, view.shift)


def _bare_ground(ground: Ground, land: np.ndarray, dryness: float) -> np.ndarray:
    side = len(land)
    layers = []
    for cover, (x, y), turns in zip(ground.covers, ground.crops, ground.turns, strict=True):
        rows, columns = (np.arange(start, start + side) % len(tile(cover)) for start in (y, x))
        crop = np.rot90(tile(cover)[np.ix_(rows, columns)], turns)
        grey = cv2.merge([np.ascontiguousarray(crop)] * 3)
        layers.append(cv2.LUT(grey, colours(cover, dryness, ground.tint)))
    if len(layers) == 2:
        layers[0] = np.where(land[..., None] > 0, layers[1], layers[0])
    return layers[0]
