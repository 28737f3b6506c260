"""Materials of a scene: what reflects at each place, and how much in each band.

Reflectances and backscatter are round, typical values of such surfaces, set by hand; nothing was
measured, and all of it is simple on purpose:

- optical: a material's reflectance in ten bands of Sentinel-2, vegetation between its green and its
  dry state; direct light alone, so that shadows keep 45 % of it; no atmosphere.
- SAR: a material's mean backscatter in VV and VH, and the speckle of about five looks. There is no
  geometry: neither layover nor radar shadow, and buildings are bright all over their roofs, as
  their double bounce makes them in coarse pixels.
"""

import cv2
import numpy as np

from mmrsicc.synthcc.drawing import BITS, Canvas, Colour, crown_sprite, fixed_point
from mmrsicc.synthcc.geometry import Polygon

#: Bands of the optical images.
OPTICAL_BANDS = ("B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12")

#: Reflectance times 10,000 of each material in :data:`OPTICAL_BANDS`, in the green season.
REFLECTANCE: dict[str, tuple[int, ...]] = {
    "soil": (900, 1200, 1600, 1900, 2100, 2200, 2300, 2400, 3000, 2600),
    "sand": (1600, 2300, 3000, 3200, 3400, 3500, 3600, 3700, 4300, 4000),
    "grass": (300, 650, 400, 1000, 2600, 3200, 3400, 3500, 1900, 900),
    "crops": (350, 700, 450, 1100, 2900, 3600, 3800, 3900, 1800, 850),
    "leaves": (200, 400, 250, 700, 2200, 2800, 3000, 3100, 1300, 500),
    "water": (500, 450, 300, 250, 180, 150, 120, 110, 40, 20),
    "asphalt": (800, 900, 1000, 1050, 1080, 1100, 1150, 1180, 1400, 1350),
    "concrete": (2000, 2300, 2500, 2600, 2700, 2750, 2800, 2850, 3100, 2900),
    "tiles": (700, 1000, 1900, 2200, 2300, 2400, 2500, 2550, 3000, 2800),
    "flat roof": (2600, 2700, 2800, 2800, 2800, 2800, 2850, 2850, 2600, 2200),
    "artificial turf": (500, 1100, 700, 1300, 1900, 2000, 2100, 2100, 2000, 1700),
    "metal": (1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500, 1500),
}
#: The same of vegetation in the dry season.
DRY_REFLECTANCE: dict[str, tuple[int, ...]] = {
    "grass": (800, 1200, 1500, 1900, 2300, 2500, 2700, 2800, 3200, 2300),
    "crops": (900, 1300, 1700, 2000, 2300, 2500, 2600, 2700, 3300, 2500),
    "leaves": (300, 550, 500, 900, 1900, 2300, 2500, 2600, 1700, 800),
}
#: Mean backscatter (sigma nought, a power) times 10,000 of each material in VV and VH.
BACKSCATTER: dict[str, tuple[int, int]] = {
    "soil": (500, 80),
    "sand": (160, 20),
    "grass": (800, 160),
    "crops": (1000, 250),
    "leaves": (1600, 500),
    "water": (60, 10),
    "asphalt": (100, 16),
    "concrete": (200, 25),
    "tiles": (4000, 630),
    "flat roof": (8000, 1000),
    "artificial turf": (320, 50),
    "metal": (16000, 1600),
}
MATERIALS = tuple(REFLECTANCE)

_LANDS = {
    "bareland": "soil",
    "grassland": "grass",
    "farmland": "crops",
    "woods": "leaves",
    "desert": "sand",
    "water": "water",
}
#: Material by kind, in two halves: flat and upright objects.
_FLAT = {
    "road": "asphalt",
    "dirt road": "soil",
    "building": "concrete",
    "parking lot": "asphalt",
    "playground": "artificial turf",
    "traffic": "metal",
}
_TALL = {"house": "tiles", "villa": "tiles", "building": "flat roof"}


def land_material(cover: str) -> int:
    """Index in :data:`MATERIALS` of a land cover."""
    return MATERIALS.index(_LANDS[cover])


class MaterialCanvas(Canvas):
    """A canvas that holds materials in place of colours; lines and roughness leave none.

    Args:
        ground: Index of each pixel's material, (S, S) uint8 with ``MARGIN`` pixels on each side.
        sun: Shift of the shadow of something 1 m high, in pixels.

    Attributes:
        pixels: Index of what has been drawn last, (2 S, 2 S, 3) uint8, three times the same.
        shadow: (2 S, 2 S) uint8, 255 in the shadows of buildings and cars.
    """

    def __init__(self, ground: np.ndarray, sun: tuple[float, float]) -> None:
        super().__init__(np.repeat(ground[..., None], 3, axis=2), sun, dryness=0.0)
        self._kind, self._tall = "", False

    def begin(self, kind: str, tall: bool = False) -> None:
        """Takes note of what is drawn next."""
        self._kind, self._tall = kind, tall

    def fill(self, polygon: Polygon, colour: Colour) -> None:
        """A polygon of the material that the thing has there."""
        index = MATERIALS.index(self._material(colour))
        super().fill(polygon, (index, index, index))
        if self._tall:
            # Upright objects are drawn over the shadows.
            cv2.fillPoly(self.shadow, [fixed_point(polygon)], 0, shift=BITS)

    def line(self, *_: object, **__: object) -> None:
        """Nothing: marks on a surface are of paint."""

    def stipple(self, *_: object, **__: object) -> None:
        """Nothing."""

    def cast_shadows(self) -> None:
        """Nothing: what lies in a shadow is the same."""

    def crown(self, x: float, y: float, diameter: float, seed: int) -> None:
        """Leaves. A crown's own shadow is left out."""
        _, inside, (left, top) = crown_sprite(x, y, diameter, seed)
        if (place := self._part(left, top, len(inside))) is not None:
            place[inside] = MATERIALS.index("leaves")
            side = len(inside)
            self.shadow[top : top + side, left : left + side][inside] = 0

    def _material(self, colour: Colour) -> str:
        red, green, blue = colour
        if self._tall:
            return _TALL[self._kind]
        if self._kind in ("swimming pool", "lake"):
            # Their edges are drawn in the colours of stone and earth.
            edge = "concrete" if self._kind == "swimming pool" else "soil"
            return "water" if blue > red else edge
        if self._kind in ("house", "villa"):
            return "grass" if green > red else "soil"
        return _FLAT[self._kind]
