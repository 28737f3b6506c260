"""Roads and plots of a scene: where things may stand."""

import math
from dataclasses import replace
from random import Random

import cv2
import numpy as np

from mmrsicc.synthcc.geometry import Path, Plot, Polygon, bezier
from mmrsicc.synthcc.ground import covers_at
from mmrsicc.synthcc.scene import Ground, Site

#: The occupancy grid has one cell for so many pixels a side.
_CELL = 4


def draw_sites(random: Random, size: int, ground: Ground, lands: np.ndarray) -> tuple[Site, ...]:
    """Lay out roads, plots along them and plots in the open, none of which overlap."""
    layout = _Layout(random, size, ground, lands)
    for _ in range(random.choices((0, 1, 2), (0.2, 0.5, 0.3))[0] * max(1, size // 256)):
        layout.add_road()
    for index in range(len(layout.sites)):
        layout.add_plots_along(index)
    area = (size / 256) ** 2
    for _ in range(math.ceil(random.randint(12, 20) * area)):
        layout.add_open_plot()
    return tuple(layout.sites)


class _Layout:
    """Sites so far, and a coarse map of the ground that they take."""

    def __init__(self, random: Random, size: int, ground: Ground, lands: np.ndarray) -> None:
        self.random, self.size, self.ground, self.lands = random, size, ground, lands
        self.taken = np.zeros((size // _CELL + 1,) * 2, np.uint8)
        self.sites: list[Site] = []

    def add_road(self) -> None:
        """A straight or curved road from edge to edge; a second one crosses the first."""
        random, size = self.random, self.size
        roads = [site for site in self.sites if isinstance(site, Path)]
        if roads:
            (x0, y0), (x1, y1) = roads[-1].points[0], roads[-1].points[-1]
            angle = math.atan2(y1 - y0, x1 - x0) + math.pi / 2 + random.uniform(-0.35, 0.35)
        else:
            angle = random.choice((0, math.pi / 2)) + random.gauss(0, 0.25)
        cos, sin = math.cos(angle), math.sin(angle)
        shift = random.uniform(-0.34, 0.34) * size
        x, y = size / 2 - sin * shift, size / 2 + cos * shift
        reach = 0.75 * size
        bend = 0.0 if random.random() < 0.5 else random.uniform(-0.5, 0.5) * size
        start, end = (x - cos * reach, y - sin * reach), (x + cos * reach, y + sin * reach)
        paved = random.random() < 0.7
        path = Path(
            bezier(start, (x - sin * bend, y + cos * bend), end),
            width=random.uniform(12, 18) if paved else random.uniform(8, 12),
            paved=paved,
        )
        inside = [p for p in path.points if 0 <= p[0] < size and 0 <= p[1] < size]
        on_land = covers_at(self.ground, self.lands, inside)
        if not on_land or "water" in on_land:
            return
        self._take(path.outline(1.0, path.width + 2))
        self.sites.append(path)

    def add_plots_along(self, road: int) -> None:
        """Plots in a row on both sides of a road."""
        path = self.sites[road]
        assert isinstance(path, Path)
        points = path.points
        for side in (-1, 1):
            at = self.random.randint(0, 3)
            while at < len(points) - 1:
                length = self.random.uniform(50, 132)
                depth = self.random.uniform(40, 52)
                (x0, y0), (x1, y1) = points[at], points[at + 1]
                angle = math.atan2(y1 - y0, x1 - x0)
                off = side * (path.width / 2 + 8 + depth / 2)
                plot = Plot(
                    x=x0 - math.sin(angle) * off,
                    y=y0 + math.cos(angle) * off,
                    length=length,
                    depth=depth,
                    # Fronts face the road: the across axis points away from it.
                    angle=angle if side > 0 else angle + math.pi,
                    road=road,
                )
                at += 3 if self._add(plot) else 1

    def add_open_plot(self) -> None:
        """A plot anywhere, turned as the nearest road or a little."""
        random = self.random
        roads = [site for site in self.sites if isinstance(site, Path)]
        angle = random.gauss(0, 0.2)
        if roads:
            (x0, y0), (x1, y1) = roads[0].points[15:17]
            angle = math.atan2(y1 - y0, x1 - x0)
        self._add(
            Plot(
                x=random.uniform(0.1, 0.9) * self.size,
                y=random.uniform(0.1, 0.9) * self.size,
                length=random.uniform(36, 110),
                depth=random.uniform(34, 84),
                angle=angle + random.choice((0, math.pi / 2)),
            )
        )

    def _add(self, plot: Plot) -> bool:
        """Add a plot, unless it leaves the image, lies on two covers or on something."""
        corners = plot.rectangle()
        if not all(3 <= value <= self.size - 3 for point in corners for value in point):
            return False
        middle = [plot.point(u, v) for u in (-0.5, 0, 0.5) for v in (-0.5, 0, 0.5)]
        lands = set(covers_at(self.ground, self.lands, middle))
        if len(lands) > 1 or lands == {"water"} or not self._is_free(corners):
            return False
        self._take(plot.rectangle((-0.53, 0.53), (-0.53, 0.53)))
        self.sites.append(replace(plot, land=lands.pop()))
        return True

    def _cells(self, polygon: Polygon) -> np.ndarray:
        return np.rint(np.asarray(polygon) / _CELL).astype(np.int32)

    def _take(self, polygon: Polygon) -> None:
        cv2.fillPoly(self.taken, [self._cells(polygon)], 1)

    def _is_free(self, polygon: Polygon) -> bool:
        cells = self._cells(polygon)
        (left, top), (right, bottom) = cells.min(0), cells.max(0) + 1
        part = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(part, [cells - (left, top)], 1)
        return not (part & self.taken[top:bottom, left:right]).any()
