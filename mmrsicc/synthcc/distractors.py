"""Distractors: differences that are no change, such as season, sun, light, haze, sensor, shift.

Each has a strength from 0 (none) to 1. None is ever named in a sentence.
"""

import math
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from mmrsicc.synthcc.noise import grain
from mmrsicc.synthcc.render import View
from mmrsicc.synthcc.textures import TILE

DISTRACTORS = (
    "illumination",
    "color cast",
    "season",
    "haze",
    "sun angle",
    "noise",
    "blur",
    "misregistration",
    "traffic",
)

#: Largest strength in train, val and test; ``test_distractor`` lies above it.
SEEN_STRENGTH = 0.6
#: Strengths of ``test_distractor``.
UNSEEN_STRENGTH = (0.75, 1.0)

#: Values at strength 1.
_GAIN, _GAMMA, _CAST, _HAZE, _NOISE = 0.3, 0.35, 0.12, 0.4, 7.0
_TURN, _SHIFT = 1.4, 3.0


@dataclass(frozen=True)
class Capture:
    """Capture of one date: what is drawn differently, and what the sensor makes of it.

    Attributes:
        view: Season, sun, shift and cars.
        tones: Look-up table of red, green and blue, (3, 256) uint8.
        noise: Standard deviation of the sensor's noise, in grey levels.
        noise_seed: Which noise.
        blur: Share of a blurred image in the result, in sixteenths.
    """

    view: View
    tones: np.ndarray
    noise: float
    noise_seed: int
    blur: int

    def expose(self, image: np.ndarray) -> np.ndarray:
        """The image as the sensor records it, (H, W, 3) uint8."""
        if self.blur:
            image = _blurred(image, self.blur)
        image = np.stack([self.tones[c][image[..., c]] for c in range(3)], axis=-1)
        if self.noise:
            image = _noisy(image, self.noise, self.noise_seed)
        return image


def draw_strengths(random: Random, unseen: bool) -> dict[str, float]:
    """Strength of each distractor of a pair.

    Args:
        random: Source of all choices.
        unseen: All of them, stronger than ever in training; else each is there half of the time.
    """
    if unseen:
        return {name: round(random.uniform(*UNSEEN_STRENGTH), 3) for name in DISTRACTORS}
    return {
        name: round(random.uniform(0.1, SEEN_STRENGTH), 3) if random.random() < 0.5 else 0.0
        for name in DISTRACTORS
    }


def draw_captures(random: Random, strengths: dict[str, float]) -> tuple[Capture, Capture]:
    """Captures of the two dates; only what has a strength differs between them.

    The first date is clean: strengths are of the second against the first.
    """
    azimuth, length = random.uniform(0, 2 * math.pi), random.uniform(0.4, 0.9)
    # In either direction, so that the whole difference fits into the range.
    greener = random.uniform(0, 1 - strengths["season"])
    seasons = [greener, greener + strengths["season"]]
    random.shuffle(seasons)
    traffic = random.getrandbits(32)
    first = Capture(
        View(seasons[0], _sun(azimuth, length), (0, 0), traffic),
        np.tile(np.arange(256, dtype=np.uint8), (3, 1)),
        noise=0.0,
        noise_seed=0,
        blur=0,
    )
    turn = random.choice((-1, 1)) * strengths["sun angle"] * _TURN
    heading, off = random.uniform(0, 2 * math.pi), strengths["misregistration"] * _SHIFT
    view = View(
        seasons[1],
        _sun(azimuth + turn, length),
        (round(2 * off * math.cos(heading)), round(2 * off * math.sin(heading))),
        traffic,
        moved=strengths["traffic"],
    )
    second = Capture(
        view,
        _tones(random, strengths),
        noise=strengths["noise"] * _NOISE,
        noise_seed=random.getrandbits(32),
        blur=round(16 * strengths["blur"]),
    )
    return first, second


def _sun(azimuth: float, length: float) -> tuple[float, float]:
    """Shadows of something 1 m high; ``length`` in metres."""
    return 2 * length * math.cos(azimuth), 2 * length * math.sin(azimuth)


def _tones(random: Random, strengths: dict[str, float]) -> np.ndarray:
    gain = 1 + random.choice((-1, 1)) * strengths["illumination"] * _GAIN
    gamma = 1 + random.choice((-1, 1)) * strengths["illumination"] * _GAMMA
    # The colour cast is full in one channel and smaller in the others.
    casts = [random.uniform(-1, 1), random.uniform(-1, 1), random.choice((-1, 1))]
    random.shuffle(casts)
    haze = strengths["haze"] * _HAZE
    tables = []
    for cast, veil in zip(casts, (206, 212, 218), strict=True):
        factor = 255 * gain * (1 + cast * strengths["color cast"] * _CAST)
        clear = [min((level / 255) ** gamma * factor, 255) for level in range(256)]
        tables.append([round(value * (1 - haze) + veil * haze) for value in clear])
    return np.array(tables, dtype=np.uint8)


def _blurred(image: np.ndarray, share: int) -> np.ndarray:
    """Mix with a 3 x 3 binomial blur, in integers."""
    wide = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge").astype(np.uint16)
    rows = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    soft = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:] + 8) >> 4
    return ((image * np.uint16(16 - share) + soft * np.uint16(share) + 8) >> 4).astype(np.uint8)


@cache
def _grain() -> np.ndarray:
    """Noise of standard deviation 64 levels, (TILE, TILE) int16."""
    return np.rint(grain(71, TILE, 64)).astype(np.int16)


def _noisy(image: np.ndarray, strength: float, seed: int) -> np.ndarray:
    height, width = image.shape[:2]
    rows = (np.arange(height) + seed) % TILE
    columns = (np.arange(width) + (seed >> 10)) % TILE
    noise = _grain()[np.ix_(rows, columns)].astype(np.int32) * round(strength * 16) >> 10
    return np.clip(image + noise[..., None], 0, 255).astype(np.uint8)
