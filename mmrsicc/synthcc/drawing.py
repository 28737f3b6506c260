"""A canvas at twice the resolution: polygons, lines, crowns and the shadows they cast."""

from collections.abc import Sequence

import cv2
import numpy as np

from mmrsicc.synthcc.geometry import Point, Polygon
from mmrsicc.synthcc.ground import MARGIN
from mmrsicc.synthcc.textures import colours, crowns

Colour = tuple[int, int, int]

CONCRETE: Colour = (190, 184, 172)
ASPHALT: Colour = (112, 110, 108)

#: Canvas pixels for each image pixel.
SCALE = 2
BITS = 4
_SHADE = np.clip(np.rint(np.arange(256)[:, None] * [0.42, 0.45, 0.52]), 0, 255).astype(np.uint8)


class Canvas:
    """Draws in image coordinates.

    Args:
        ground: RGB image with ``MARGIN`` pixels on each side, (S, S, 3) uint8.
        sun: Shift of the shadow of something 1 m high, in pixels.
        dryness: Season, from 0 green to 1 dry.

    Attributes:
        pixels: What has been drawn, (2 S, 2 S, 3) uint8.
    """

    def __init__(self, ground: np.ndarray, sun: tuple[float, float], dryness: float) -> None:
        side = len(ground) * SCALE
        self.pixels = cv2.resize(ground, (side, side), interpolation=cv2.INTER_NEAREST)
        self.sun = sun
        self.shadow = np.zeros(self.pixels.shape[:2], np.uint8)
        self.leaves = colours("woods", dryness, (1.0, 1.0, 1.0))[0]
        self.lawn = colours("grassland", dryness, (1.0, 1.0, 1.0))[0]

    def begin(self, kind: str, tall: bool = False) -> None:
        """Says what is drawn next, for canvases that hold something else than colours.

        Args:
            kind: Of a thing, "dirt road" or "traffic".
            tall: Whether it is what stands, not what lies around it.
        """

    def fill(self, polygon: Polygon, colour: Colour) -> None:
        """A polygon in one colour."""
        cv2.fillPoly(self.pixels, [fixed_point(polygon)], colour, shift=BITS)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 1.0) -> None:
        """A line so many image pixels wide."""
        thickness = max(1, round(width * SCALE))
        cv2.polylines(self.pixels, [fixed_point(points)], False, colour, thickness, shift=BITS)

    def stipple(self, polygon: Polygon, strength: int, seed: int) -> None:
        """Roughen a polygon by up to ``strength`` levels, the same in all colours."""
        corners = fixed_point(polygon) >> BITS
        (left, top), (right, bottom) = np.maximum(corners.min(0), 0), corners.max(0) + 1
        part = self.pixels[top:bottom, left:right]
        if not part.size:
            return
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.fillPoly(mask, [corners - (left, top)], 1)
        side = -(-max(part.shape[:2]) // 2)
        octets = np.random.PCG64(seed).random_raw(side * side // 8 + 1).view(np.uint8)
        coarse = octets[: side * side].reshape(side, side).repeat(2, 0).repeat(2, 1)
        rough = coarse[: part.shape[0], : part.shape[1]].astype(np.int16) * (2 * strength) // 255
        lifted = np.clip(part.astype(np.int16) + (rough - strength)[..., None], 0, 255)
        np.copyto(part, lifted.astype(np.uint8), where=mask[..., None] > 0)

    def shade(self, polygon: Polygon, height: float) -> None:
        """Remember the shadow of something with this footprint, ``height`` metres high."""
        fixed = fixed_point(polygon)
        away = fixed_point(
            [(x + self.sun[0] * height, y + self.sun[1] * height) for x, y in polygon]
        )
        following = np.roll(np.arange(len(fixed)), -1)
        for a, b in zip(range(len(fixed)), following.tolist(), strict=True):
            side = np.stack([fixed[a], fixed[b], away[b], away[a]])
            cv2.fillConvexPoly(self.shadow, side, 255, shift=BITS)
        cv2.fillPoly(self.shadow, [away], 255, shift=BITS)

    def cast_shadows(self) -> None:
        """Darken what lies in the shadows remembered so far; tall things are drawn after."""
        dark = cv2.LUT(self.pixels, _SHADE[None])
        cv2.copyTo(dark, self.shadow, self.pixels)

    def crown(self, x: float, y: float, diameter: float, seed: int) -> None:
        """A tree crown with its own shadow."""
        brightness, inside, (left, top) = crown_sprite(x, y, diameter, seed)
        side, tone = len(inside), seed // 4 % 60
        height = diameter * 0.45
        dx, dy = (round(v * height * SCALE) for v in self.sun)
        ground = self._part(left + dx, top + dy, side)
        if ground is not None:
            np.copyto(ground, cv2.LUT(ground, _SHADE[None]), where=inside[..., None])
        place = self._part(left, top, side)
        if place is not None:
            lit = self.leaves[brightness // 2 + np.uint8(20 + tone)]
            np.copyto(place, lit, where=inside[..., None])

    def cut(self, pixels: np.ndarray, size: int, shift: tuple[int, int]) -> np.ndarray:
        """The part of ``pixels`` that an image of ``size`` shows, off by half pixels."""
        left, top = (SCALE * MARGIN - off for off in shift)
        return pixels[top : top + SCALE * size, left : left + SCALE * size]

    def _part(self, left: int, top: int, side: int) -> np.ndarray | None:
        height, width = self.pixels.shape[:2]
        if left < 0 or top < 0 or left + side > width or top + side > height:
            return None
        return self.pixels[top : top + side, left : left + side]


def crown_sprite(
    x: float, y: float, diameter: float, seed: int
) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Brightness and mask of a tree crown, (s, s) each, and their left and top on a canvas."""
    sprites = crowns()
    brightness, mask = sprites[min(max(int(diameter * SCALE) - 14, 0) // 2, len(sprites) - 1)]
    left, top = (round((v + MARGIN) * SCALE - len(mask) / 2) for v in (x, y))
    return brightness, np.rot90(mask, seed % 4) > 0, (left, top)


def between(a: Point, b: Point, share: float = 0.5) -> Point:
    """The point at a share of the way from ``a`` to ``b``."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def grown(polygon: Polygon, factor: float) -> list[Point]:
    """A polygon made larger or smaller around the mean of its corners."""
    x, y = np.mean(np.asarray(polygon), axis=0).tolist()
    return [(x + (px - x) * factor, y + (py - y) * factor) for px, py in polygon]


def shifted(colour: Colour, by: int) -> Colour:
    """A colour made brighter or darker by so many levels."""
    red, green, blue = (min(max(value + by, 0), 255) for value in colour)
    return red, green, blue


def fixed_point(polygon: Polygon) -> np.ndarray:
    """Canvas coordinates in fixed-point numbers."""
    points = (np.asarray(polygon, np.float64) + MARGIN) * (SCALE << BITS)
    return np.rint(points).astype(np.int32)
