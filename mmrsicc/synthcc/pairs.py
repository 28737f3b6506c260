"""One pair of SynthCC: everything about it follows from the seed and its name."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np

from mmrsicc.synthcc.distractors import Capture, draw_captures, draw_strengths
from mmrsicc.synthcc.events import draw_pair
from mmrsicc.synthcc.ground import land_map
from mmrsicc.synthcc.labels import label_image
from mmrsicc.synthcc.mixes import MIXES
from mmrsicc.synthcc.render import render
from mmrsicc.synthcc.scene import Event, ScenePair, State
from mmrsicc.synthcc.sensors import SENSORS, optical_image, sar_image
from mmrsicc.synthcc.sentences import write_sentences
from mmrsicc.synthcc.splits import PairId, belongs, is_changed

#: Version of the generator: raise it when the same seed gives other images or sentences.
VERSION = 2
#: Sides of the images in pixels: from 64 m to 2 km.
SIZES = range(128, 4097)


@dataclass(frozen=True)
class Pair:
    """A pair as it is written.

    Attributes:
        before: RGB image of the first date, (size, size, 3) uint8, or what its sensor gives, see
            :mod:`mmrsicc.synthcc.sensors`.
        after: The same of the second date.
        label: What changed, (size, size) uint8, see
            :data:`mmrsicc.synthcc.kinds.LABELS`.
        scene: What is in it.
        sentences: Five sentences.
        distractors: Strength of each distractor.
    """

    before: np.ndarray
    after: np.ndarray
    label: np.ndarray
    scene: ScenePair
    sentences: tuple[str, ...]
    distractors: dict[str, float]


def make_pair(
    seed: int,
    pair_id: PairId,
    size: int = 256,
    unchanged: float = 0.5,
    sensors: str = "rgb",
    mix: str = "even",
) -> Pair:
    """Draw one pair; everything but the images is the same for all sensors.

    Args:
        seed: Seed of the data set.
        pair_id: Which pair of it.
        size: Side in pixels, one of :data:`SIZES`.
        unchanged: Share of unchanged pairs in the data set.
        sensors: One of :data:`~mmrsicc.synthcc.sensors.SENSORS`.
        mix: One of :data:`~mmrsicc.synthcc.mixes.MIXES`.

    Raises:
        ValueError: If the size is another; in smaller scenes not every change fits. Or if there
            are no such sensors, or no such mix.
    """
    check_sensors(sensors)
    check_mix(mix)
    if size not in SIZES:
        raise ValueError(f"size={size}: choose {SIZES.start} to {SIZES.stop - 1} pixels")
    # All versions draw the same layouts.
    random = Random(f"synthcc 1 {seed} {size} {pair_id.name}")
    changed = is_changed(pair_id.number, unchanged)
    scene = draw_pair(random, size, changed, MIXES[mix])
    while changed and not belongs(pair_id.split, scene.events):
        scene = draw_pair(random, size, changed, MIXES[mix])
    sentences = write_sentences(random, scene.events)
    strengths = draw_strengths(random, unseen=pair_id.split == "test_distractor")
    first, second = draw_captures(random, strengths)
    land = land_map(scene.ground, size)
    before, after = (
        _image(sensor, scene, state, capture, land, f"{seed} {pair_id.name} {date}")
        for date, (sensor, state, capture) in enumerate(
            zip(SENSORS[sensors], (scene.before, scene.after), (first, second), strict=True)
        )
    )
    return Pair(
        before=before,
        after=after,
        label=label_image(scene),
        scene=scene,
        sentences=tuple(sentences),
        distractors=strengths,
    )


def check_sensors(sensors: str) -> None:
    """Raise ``ValueError`` unless scenes can be rendered so."""
    if sensors not in SENSORS:
        raise ValueError(f"sensors={sensors!r}: choose one of {', '.join(SENSORS)}")


def check_mix(mix: str) -> None:
    """Raise ``ValueError`` unless there is such a mix."""
    if mix not in MIXES:
        raise ValueError(f"mix={mix!r}: choose one of {', '.join(MIXES)}")


def _image(
    sensor: str, scene: ScenePair, state: State, capture: Capture, land: np.ndarray, name: str
) -> np.ndarray:
    """One date as its sensor has it; ``name`` tells its speckle from others."""
    if sensor == "sentinel2":
        return optical_image(scene, state, capture, land)
    if sensor == "sentinel1":
        speckle = Random(f"speckle {name}").getrandbits(48)
        return sar_image(scene, state, capture, land, speckle)
    return capture.expose(render(scene, state, capture.view, land))


def event_from_dict(fields: dict[str, Any]) -> Event:
    """The event that ``dataclasses.asdict`` made a dict of, also by way of JSON."""
    relations = tuple((preposition, thing) for preposition, thing in fields["relations"])
    return Event(**{**fields, "relations": relations})


def describe(pair: Pair) -> dict[str, Any]:
    """Content of the JSON file of a pair beside its name."""
    return {
        "land_covers": list(pair.scene.ground.covers),
        "events": [asdict(event) for event in pair.scene.events],
        "distractors": pair.distractors,
        "sentences": list(pair.sentences),
    }
