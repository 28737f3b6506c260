"""Plane geometry of scenes, in pixels; x to the right, y downwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]
Polygon = Sequence[Point]


@dataclass(frozen=True)
class Plot:
    """An oriented rectangle of ground, set aside for one thing.

    Attributes:
        x: Centre.
        y: Centre.
        length: Side along ``angle``, and along the road if it lies on one.
        depth: The other side.
        angle: Direction of ``length``, in radians.
        road: Index of the site of the road that it lies on, or None.
        land: Land cover under it.
    """

    x: float
    y: float
    length: float
    depth: float
    angle: float
    road: int | None = None
    land: str = ""

    def point(self, along: float, across: float) -> Point:
        """Image position of plot coordinates, both from -0.5 to 0.5 within the plot."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        u, v = along * self.length, across * self.depth
        return self.x + u * cos - v * sin, self.y + u * sin + v * cos

    def rectangle(
        self, along: tuple[float, float] = (-0.5, 0.5), across: tuple[float, float] = (-0.5, 0.5)
    ) -> list[Point]:
        """Corners of a part of the plot, given in plot coordinates."""
        (u0, u1), (v0, v1) = along, across
        return [self.point(u, v) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]

    def box(self, along: float, across: float, length: float, depth: float) -> list[Point]:
        """Corners of a box of so many pixels around a point in plot coordinates."""
        u, v = length / self.length / 2, depth / self.depth / 2
        return self.rectangle((along - u, along + u), (across - v, across + v))


@dataclass(frozen=True)
class Path:
    """The course of a road.

    Attributes:
        points: Its middle line.
        width: Pixels from edge to edge.
        paved: Asphalt, else a dirt road.
    """

    points: tuple[Point, ...]
    width: float
    paved: bool

    def part(self, extent: float) -> tuple[Point, ...]:
        """The first points of the middle line, up to a share of it."""
        return self.points[: max(2, round(extent * len(self.points)))]

    def outline(self, extent: float, width: float | None = None) -> list[Point]:
        """The road's edge as a polygon, up to a share of its length."""
        line = np.array(self.part(extent))
        tangent = np.gradient(line, axis=0)
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
        normal *= (width or self.width) / 2 / np.hypot(*tangent.T)[:, None]
        return [(x, y) for x, y in [*(line + normal).tolist(), *(line - normal)[::-1].tolist()]]


def bezier(start: Point, middle: Point, end: Point, number: int = 33) -> tuple[Point, ...]:
    """Points of a quadratic Bezier curve; a straight line if the middle lies on it."""
    points = []
    for index in range(number):
        t = index / (number - 1)
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append(
            (
                a * start[0] + b * middle[0] + c * end[0],
                a * start[1] + b * middle[1] + c * end[1],
            )
        )
    return tuple(points)
