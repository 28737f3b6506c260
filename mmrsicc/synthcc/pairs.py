"""One pair of SynthCC: everything about it follows from the seed and its name."""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np

from mmrsicc.synthcc.distractors import draw_captures, draw_strengths
from mmrsicc.synthcc.events import draw_pair
from mmrsicc.synthcc.ground import land_map
from mmrsicc.synthcc.labels import label_image
from mmrsicc.synthcc.render import render
from mmrsicc.synthcc.scene import Event, ScenePair
from mmrsicc.synthcc.sentences import write_sentences
from mmrsicc.synthcc.splits import PairId, belongs, is_changed

#: Grows whenever the same seed would give other pictures or sentences.
VERSION = 1
#: Sides of the images in pixels: from 64 m to 2 km.
SIZES = range(128, 4097)


@dataclass(frozen=True)
class Pair:
    """A pair as it is written.

    Attributes:
        before: RGB image of the first date, (size, size, 3) uint8.
        after: RGB image of the second date.
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


def make_pair(seed: int, pair_id: PairId, size: int = 256, unchanged: float = 0.5) -> Pair:
    """Draw one pair.

    Args:
        seed: Seed of the data set.
        pair_id: Which pair of it.
        size: Side in pixels, one of :data:`SIZES`.
        unchanged: Share of unchanged pairs in the data set.

    Raises:
        ValueError: If the size is another; in smaller scenes not every change fits.
    """
    if size not in SIZES:
        raise ValueError(f"size={size}: choose {SIZES.start} to {SIZES.stop - 1} pixels")
    random = Random(f"synthcc {VERSION} {seed} {size} {pair_id.name}")
    changed = is_changed(pair_id.number, unchanged)
    scene = draw_pair(random, size, changed)
    while changed and not belongs(pair_id.split, scene.events):
        scene = draw_pair(random, size, changed)
    sentences = write_sentences(random, scene.events)
    strengths = draw_strengths(random, unseen=pair_id.split == "test_distractor")
    first, second = draw_captures(random, strengths)
    land = land_map(scene.ground, size)
    return Pair(
        before=first.expose(render(scene, scene.before, first.view, land)),
        after=second.expose(render(scene, scene.after, second.view, land)),
        label=label_image(scene),
        scene=scene,
        sentences=tuple(sentences),
        distractors=strengths,
    )


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
