"""Curves of distance and usefulness over degradations of the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.research.alignment.degradations import DEGRADATIONS
from mmrsicc.research.alignment.features import PooledFeatures, pooled_features
from mmrsicc.research.alignment.mmd import unbiased_mmd
from mmrsicc.research.alignment.pairs import PairSet
from mmrsicc.research.alignment.shift import deviations
from mmrsicc.research.alignment.usefulness import measure_usefulness

#: Shows progress of a loop over items.
Track = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Curve:
    """One kind of degradation of one set of pairs.

    Attributes:
        degradation: Its name in :data:`~mmrsicc.research.alignment.degradations.DEGRADATIONS`.
        pairs: Name of the set.
        severities: S doses, the first of which is none.
        mmd: S distances of the degraded pairs' differences from the reference's.
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
    detector: ChangeDetector,
    source: PairSet,
    target: PairSet,
    count: int,
    batch_size: int = 16,
    track: Track = iter,
    seed: int = 0,
) -> list[Curve]:
    """A curve per degradation and side.

    Distances are from source pairs as they are, which are in neither curve: the distance of points
    from themselves is below 0.

    Args:
        detector: As for :func:`~mmrsicc.research.alignment.features.pooled_features`.
        source: One half is what distances are measured from, the other is degraded.
        target: Pairs to degrade.
        count: Most pairs of each.
        batch_size: Pairs per forward.
        track: Shows the progress.
        seed: Of the probes' folds.
    """
    half = min(count, len(source) // 2)
    reference = source.part(0, half)
    sets = [source.part(half, 2 * half), target.part(0, count)]
    clean = {pairs.name: pooled_features(detector, pairs, batch_size) for pairs in sets}
    start = _differences(pooled_features(detector, reference, batch_size))
    # One scale for all curves; otherwise units would change with the severity.
    spread = deviations(start, *map(_differences, clean.values()))
    found = []
    for name, pairs in track([(name, pairs) for name in DEGRADATIONS for pairs in sets]):
        change, severities, _ = DEGRADATIONS[name]
        rows = []
        for severity in severities:
            degraded = pairs.degraded(lambda pair, s=severity, c=change: c(pair, s))
            features = pooled_features(detector, degraded, batch_size)
            use = measure_usefulness(clean[pairs.name], pairs, features, seed)
            distance = unbiased_mmd(start / spread, _differences(features) / spread)
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
    """Differences of all stages side by side."""
    return np.concatenate(
        [rows for name, rows in features.pooled.items() if name.startswith("difference")], axis=1
    )
