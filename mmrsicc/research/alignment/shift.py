"""Distance between the features of two sets of pairs, against chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from mmrsicc.research.alignment.distances import (
    coral,
    frechet,
    mean_angle,
    proxy_a_distance,
    uncovered,
)
from mmrsicc.research.alignment.mmd import permutation_p, unbiased_mmd

#: Dimensions that features are reduced to where covariances or classifiers are fitted.
DIMENSIONS = 64
#: Minimum number of pairs per side.
LEAST = 10

#: A distance, and which form of the features it takes: as they are, in units of both sets'
#: standard deviations, or those reduced to principal components.
MEASURES: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], float]]] = {
    "MMD": ("standard", unbiased_mmd),
    "Frechet": ("reduced", frechet),
    "proxy A": ("reduced", proxy_a_distance),
    "mean angle": ("raw", mean_angle),
    "CORAL": ("standard", coral),
    "uncovered": ("standard", uncovered),
}


@dataclass(frozen=True)
class Distance:
    """A distance between source and target, and between two halves of the source.

    Attributes:
        value: Mean over random draws.
        null: The same between halves of the source, of as many pairs.
        null_high: Its 95 % quantile over the draws: what chance reaches.
    """

    value: float
    null: float
    null_high: float

    @property
    def ratio(self) -> float | None:
        """Ratio of the distance to chance's; None where chance does not reach above 0."""
        return self.value / self.null_high if self.null_high > 0 else None


@dataclass(frozen=True)
class Shift:
    """Distances of one kind of features.

    Attributes:
        distances: By measure.
        p: Of the permutation test on MMD, with all pairs.
        pairs: Number of pairs of source and target in a draw.
    """

    distances: dict[str, Distance]
    p: float
    pairs: int


def measure_shift(
    source: np.ndarray,
    target: np.ndarray,
    rounds: int = 20,
    permutations: int = 500,
    seed: int = 0,
) -> Shift:
    """Measures how far the target's features lie off the source's.

    A distance of finite samples is never 0, and the fewer pairs, the larger. So in each round one
    random half of the source is compared with as many pairs of the target and with as many of its
    other half.

    Args:
        source: (N, C).
        target: (M, C).
        rounds: Random draws.
        permutations: Of the test.
        seed: Of all draws.

    Raises:
        ValueError: If there are fewer than 20 source or 10 target pairs.
    """
    size = min(len(source) // 2, len(target))
    if size < LEAST:
        raise ValueError(
            f"{len(source)} source and {len(target)} target pairs are too few to measure a shift: "
            f"give at least {2 * LEAST} and {LEAST}"
        )
    forms = _forms(source, target)
    generator = np.random.default_rng(seed)
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    nulls: dict[str, list[float]] = {name: [] for name in MEASURES}
    for _ in range(rounds):
        order = generator.permutation(len(source))
        half, other = order[:size], order[size : 2 * size]
        theirs = generator.permutation(len(target))[:size]
        for name, (form, measure) in MEASURES.items():
            ours, their_form = forms[form]
            values[name].append(measure(ours[half], their_form[theirs]))
            nulls[name].append(measure(ours[half], ours[other]))
    distances = {
        name: Distance(
            float(np.mean(values[name])),
            float(np.mean(nulls[name])),
            float(np.quantile(nulls[name], 0.95)),
        )
        for name in MEASURES
    }
    return Shift(distances, permutation_p(*forms["standard"], permutations, seed), size)


def deviations(*samples: np.ndarray) -> np.ndarray:
    """Standard deviations (d,) of samples (n, d), (m, d), ... all together; 1 for a constant.

    In units of its own deviations alone, one sample would look tighter than the others, and a test
    that exchanges their points would find a shift where there is none.
    """
    spread = np.concatenate(samples).std(axis=0)
    spread[spread < 1e-9] = 1.0
    return spread


def _forms(source: np.ndarray, target: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    spread = deviations(source, target)
    first, second = source / spread, target / spread
    together = np.concatenate([first, second])
    components = PCA(min(DIMENSIONS, *together.shape), random_state=0).fit(together)
    return {
        "raw": (source, target),
        "standard": (first, second),
        "reduced": (components.transform(first), components.transform(second)),
    }
