"""How distance and usefulness change while images get worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmrsicc.alignment.degradations import DEGRADATIONS
from mmrsicc.alignment.features import PooledFeatures, pooled_features
from mmrsicc.alignment.mmd import unbiased_mmd
from mmrsicc.alignment.pairs import PairSet
from mmrsicc.alignment.usefulness import measure_usefulness

#: Shows progress of a loop over items.
Track = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Curve:
    """One kind of degradation of one set of pairs.

    Attributes:
        degradation: Its name in :data:`~mmrsicc.alignment.degradations.DEGRADATIONS`.
        pairs: Name of the set.
        severities: S doses, the first of which is none.
        mmd: S distances of the degraded pairs' differences from the source's as they are.
        probe: S areas under the curve of probes fitted to the pairs as they are, or None.
        area: S of the predicted changed area; None without logits or flags.
    """

    degradation: str
    pairs: str
    severities: tuple[float, ...]
    mmd: tuple[float, ...]
    probe: tuple[float, ...] | None
    area: tuple[float, ...] | None


def degradation_curves(
    detector: Any, source: PairSet, sets: Sequence[PairSet], track: Track = iter, seed: int = 0
) -> list[Curve]:
    """A curve per degradation and set.

    Args:
        detector: As for :func:`~mmrsicc.alignment.features.pooled_features`.
        source: Pairs that distances are measured from, as they are.
        sets: Sets of pairs to degrade; the source may be one.
        track: Shows the progress.
        seed: Of the probes' folds.
    """
    reference = _differences(pooled_features(detector, source))
    clean = {pairs.name: pooled_features(detector, pairs) for pairs in sets}
    found = []
    for name, pairs in track([(name, pairs) for name in DEGRADATIONS for pairs in sets]):
        change, severities, _ = DEGRADATIONS[name]
        rows = []
        for severity in severities:
            degraded = pairs.degraded(lambda pair, s=severity, c=change: c(pair, s))
            features = pooled_features(detector, degraded)
            use = measure_usefulness(clean[pairs.name], pairs.flags, features, seed)
            distance = unbiased_mmd(*_standard(reference, _differences(features)))
            rows.append((distance, use.probe, use.area))
        distances, probes, areas = zip(*rows, strict=True)
        found.append(
            Curve(
                name,
                pairs.name,
                severities,
                distances,
                None if None in probes else probes,
                None if None in areas else areas,
            )
        )
    return found


def _differences(features: PooledFeatures) -> np.ndarray:
    """What differs at all stages side by side."""
    return np.concatenate(
        [rows for name, rows in features.pooled.items() if name.startswith("difference")], axis=1
    )


def _standard(reference: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spread = reference.std(axis=0)
    spread[spread < 1e-9] = 1.0
    return (reference - reference.mean(axis=0)) / spread, (other - reference.mean(axis=0)) / spread
