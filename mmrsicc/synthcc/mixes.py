"""Mixes: what stands in a scene and what changes in it, how often."""

from collections.abc import Mapping
from dataclasses import dataclass

from mmrsicc.synthcc.kinds import Change


@dataclass(frozen=True)
class Mix:
    """Weights of the choices in a scene.

    Attributes:
        changes: Of what happens to things on plots.
        road_changes: Of what happens to roads.
        kinds: Of the kinds that a plot may hold.
    """

    changes: Mapping[Change, float]
    road_changes: Mapping[Change, float]
    kinds: Mapping[str, float]


MIXES = {
    # Every kind and every change often enough to be learned.
    "even": Mix(
        changes={
            "appear": 0.48,
            "disappear": 0.18,
            "replace": 0.12,
            "extend": 0.12,
            "shrink": 0.10,
        },
        road_changes={"appear": 0.55, "extend": 0.3, "disappear": 0.15},
        kinds={
            "house": 4.0,
            "villa": 3.0,
            "building": 2.5,
            "parking lot": 2.0,
            "playground": 1.5,
            "swimming pool": 0.8,
            "lake": 1.2,
            "woods": 1.5,
            "tree": 1.0,
        },
    ),
    # Set so that about as many sentences about changed pairs as in the recovered part of LEVIR-CC
    # name houses, villas, buildings, parking lots and something that is gone.
    "levir-cc": Mix(
        changes={
            "appear": 0.81,
            "disappear": 0.10,
            "replace": 0.06,
            "extend": 0.02,
            "shrink": 0.01,
        },
        road_changes={"appear": 0.85, "extend": 0.12, "disappear": 0.03},
        kinds={
            "house": 32.0,
            "villa": 18.0,
            "building": 30.0,
            "parking lot": 1.0,
            "playground": 0.5,
            "swimming pool": 0.5,
            "lake": 0.5,
            "woods": 6.0,
            "tree": 3.0,
        },
    ),
}
