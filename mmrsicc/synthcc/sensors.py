"""The same scenes as a multi-band optical sensor and as a SAR see them.

:mod:`mmrsicc.synthcc.materials` says what reflects how much. Both are calibrated, so that of the
distractors of a capture those of light and colour do not show: illumination, colour cast, haze and
blur. Season, sun (shadows, of the optical sensor alone), misregistration and traffic do, and the
optical sensor's noise. Arithmetic is elementwise, so that the values are the same everywhere.
"""

import numpy as np

from mmrsicc.synthcc.distractors import Capture
from mmrsicc.synthcc.materials import (
    BACKSCATTER,
    DRY_REFLECTANCE,
    MATERIALS,
    REFLECTANCE,
    MaterialCanvas,
    land_material,
)
from mmrsicc.synthcc.noise import grain, value_noise
from mmrsicc.synthcc.render import draw_scene
from mmrsicc.synthcc.scene import ScenePair, State

#: Sensors of both dates by the name of a rendering.
SENSORS = {
    "rgb": ("rgb", "rgb"),
    "sentinel2": ("sentinel2", "sentinel2"),
    "sentinel1": ("sentinel1", "sentinel1"),
    "sar-optical": ("sentinel1", "sentinel2"),
}

#: Share of the light that reaches a shadow, in 256ths.
_SHADE = 115
#: Reflectance times 10,000 that one grey level of a capture's noise is worth.
_LEVEL = 12.0
#: Squares of bell-shaped values that a speckle is the mean of.
_SQUARES = 8


def optical_image(pair: ScenePair, state: State, capture: Capture, land: np.ndarray) -> np.ndarray:
    """Reflectance times 10,000 of a state of a scene, (size, size, 10) uint16.

    Args:
        pair: The scene.
        state: What stands on it, ``pair.before`` or ``pair.after``.
        capture: How it is taken.
        land: Its :func:`mmrsicc.synthcc.ground.land_map`.
    """
    materials, shadow = material_map(pair, state, capture, land)
    table = np.array([_reflectance(name, capture.view.dryness) for name in MATERIALS])
    lit = np.where(shadow > 0, _SHADE, 256)[..., None]
    values = _averaged((table[materials] * lit) >> 8)
    seed = pair.ground.border_seed
    # The same at both dates, and in all bands.
    rough = 0.30 * value_noise(seed + 5, pair.size, 24) + 0.20 * value_noise(seed + 6, pair.size, 4)
    values = values * (1 + rough)[..., None]
    if capture.noise:
        for band in range(values.shape[2]):
            values[..., band] += _LEVEL * grain(capture.noise_seed + band, pair.size, capture.noise)
    return np.clip(np.rint(values), 1, 10000).astype(np.uint16)


def sar_image(
    pair: ScenePair, state: State, capture: Capture, land: np.ndarray, seed: int
) -> np.ndarray:
    """Backscatter of a state of a scene, sigma nought as a power, (size, size, 2) float32.

    Args:
        pair: The scene.
        state: As for :func:`optical_image`.
        capture: The same; its season, sun and noise do not show.
        land: The same.
        seed: Which speckle.
    """
    materials, _ = material_map(pair, state, capture, land)
    table = np.array([BACKSCATTER[name] for name in MATERIALS])
    means = _averaged(table[materials]) / 10000
    looks = [
        np.square([grain(seed + 2 * k + band, pair.size, 1.0) for k in range(_SQUARES)]).sum(0)
        for band in range(means.shape[2])
    ]
    return (means * np.stack(looks, axis=-1) / _SQUARES).astype(np.float32)


def material_map(
    pair: ScenePair, state: State, capture: Capture, land: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Indices in ``MATERIALS`` and shadows, (2 size, 2 size) uint8 each, as a capture has them."""
    covers = np.array([land_material(cover) for cover in pair.ground.covers], np.uint8)
    canvas = MaterialCanvas(covers[land], capture.view.sun)
    materials = draw_scene(canvas, pair, state, capture.view)[..., 0]
    return materials, canvas.cut(canvas.shadow, pair.size, capture.view.shift)


def _reflectance(name: str, dryness: float) -> list[int]:
    green = REFLECTANCE[name]
    dry = DRY_REFLECTANCE.get(name, green)
    return [round(g + (d - g) * dryness) for g, d in zip(green, dry, strict=True)]


def _averaged(values: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 integers of (2 S, 2 S, C), (S, S, C) float64."""
    return (values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]) / 4
