"""Confidence intervals of scores, and tests of two systems.

Every score here is a function of sums over pairs (see :class:`AdditiveScores`), so a resample of
the pairs costs one row of a matrix product. All draws come from one fixed seed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmrsicc.utils.extras import import_extra

#: From sums (..., K) to scores (...) by name.
ScoreFunction = Callable[[np.ndarray], dict[str, np.ndarray]]

_CHUNK = 500


@dataclass(frozen=True)
class AdditiveScores:
    """One run's scores as functions of sums over pairs.

    Attributes:
        statistics: What each pair adds to the sums, (pairs, K).
        function: From sums to scores by name; the same for all runs that are compared.
    """

    statistics: np.ndarray
    function: ScoreFunction

    def scores(self) -> dict[str, float]:
        """The scores of all pairs; one that is undefined (nan) is left out."""
        scores = self.function(self.statistics.sum(axis=0))
        return {name: float(value) for name, value in scores.items() if not np.isnan(value)}

    def joined(self, other: "AdditiveScores", prefix: str) -> "AdditiveScores":
        """Both, the other's scores under a prefix; row i of both is the same pair."""
        edge = self.statistics.shape[1]

        def function(sums: np.ndarray) -> dict[str, np.ndarray]:
            more = other.function(sums[..., edge:])
            return self.function(sums[..., :edge]) | {prefix + n: v for n, v in more.items()}

        return AdditiveScores(np.concatenate([self.statistics, other.statistics], axis=1), function)


@dataclass(frozen=True)
class Comparison:
    """Comparison of two systems in one score.

    Attributes:
        a: Scores of the first system's runs.
        b: Scores of the second system's runs.
        low: Lower end of the confidence interval of mean ``a`` minus mean ``b``.
        high: Its upper end.
        p_interval: The p-value that goes with the interval. One run each: twice the share of
            bootstrap resamples in which the difference is zero or has the other sign, at most 1.
            Several: Student's.
        p_randomisation: Share of random exchanges of the two systems' sentences that make the
            difference at least as large; None for more than one run.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    low: float
    high: float
    p_interval: float
    p_randomisation: float | None

    @property
    def difference(self) -> float:
        """Mean of ``a`` minus mean of ``b``."""
        return float(np.mean(self.a) - np.mean(self.b))

    @property
    def p(self) -> float:
        """The p-value to use: that of the randomisation test, if there is one."""
        return self.p_interval if self.p_randomisation is None else self.p_randomisation


@dataclass(frozen=True)
class MeanInterval:
    """Mean score of a system's runs with its confidence interval."""

    mean: float
    low: float
    high: float


def confidence_intervals(
    run: AdditiveScores, resamples: int = 10_000, level: float = 0.95, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of every score, from the bootstrap over pairs (Efron, 1979).

    A resample in which a score is undefined, such as one without changed pairs, is left out of it.
    """
    drawn = _stack([s for (s,) in _bootstrap([[run]], resamples, seed)])
    return {name: _interval(drawn[name], level) for name in run.scores()}


def compare_systems(
    a: Sequence[AdditiveScores],
    b: Sequence[AdditiveScores],
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Compare two systems, each with the scores of one run or of several seeds, on the same pairs.

    With one run each, the interval comes from the paired bootstrap (Koehn, EMNLP 2004): the same
    pairs are drawn for both systems. ``p_randomisation`` comes from approximate randomisation
    (Noreen, 1989): were the systems equal, each pair's two sentences could as well be exchanged.

    With several runs, what the seed decides counts as chance, too. Its variance is that of the
    runs' scores (Welch, 1947), to which the bootstrap's variance over pairs is added; the interval
    is Student's, with Satterthwaite's degrees of freedom. Drawing runs by a bootstrap would make it
    far too narrow: of two or three runs, most draws hold one twice. A system of a single run beside
    one of several counts as if its seed did not matter.

    Args:
        a: Runs of the first system; row i of every run's statistics is the same pair.
        b: Runs of the second system.
        resamples: Number of bootstrap resamples, and of random exchanges.
        level: Of the confidence intervals.
        seed: Of all draws.
    """
    drawn = list(_bootstrap([a, b], resamples, seed))
    drawn_a, drawn_b = _stack([s for s, _ in drawn]), _stack([s for _, s in drawn])
    scores_a, scores_b = [run.scores() for run in a], [run.scores() for run in b]
    pairs = len(a[0].statistics)
    single = len(a) == len(b) == 1
    p_randomisation = _randomisation(a[0], b[0], resamples, seed) if single else {}
    comparisons = {}
    for name in scores_a[0]:
        if not all(name in scores for scores in (*scores_a, *scores_b)):
            continue
        differences = drawn_a[name] - drawn_b[name]
        of_a, of_b = (tuple(scores[name] for scores in side) for side in (scores_a, scores_b))
        if single:
            low, high = _interval(differences, level)
            p = _two_sided(differences)
        else:
            low, high, p = _student(of_a, of_b, differences, pairs, level)
        comparisons[name] = Comparison(
            a=of_a,
            b=of_b,
            low=low,
            high=high,
            p_interval=p,
            p_randomisation=p_randomisation.get(name),
        )
    return comparisons


def mean_intervals(
    runs: Sequence[AdditiveScores], resamples: int = 10_000, level: float = 0.95, seed: int = 0
) -> dict[str, MeanInterval]:
    """Mean scores of a system's runs with intervals over seeds and pairs.

    They are the differences of :func:`compare_systems` to a system that scores 0 whatever it says.
    Of a single run they are :func:`confidence_intervals`.
    """
    if len(runs) == 1:
        ends = confidence_intervals(runs[0], resamples, level, seed)
        return {name: MeanInterval(mean, *ends[name]) for name, mean in runs[0].scores().items()}

    def zero(sums: np.ndarray) -> dict[str, np.ndarray]:
        return {name: np.zeros_like(value) for name, value in runs[0].function(sums).items()}

    nothing = [AdditiveScores(runs[0].statistics, zero)]
    found = compare_systems(runs, nothing, resamples, level, seed)
    return {name: MeanInterval(c.difference, c.low, c.high) for name, c in found.items()}


def _bootstrap(
    systems: Sequence[Sequence[AdditiveScores]], resamples: int, seed: int
) -> Iterator[list[dict[str, np.ndarray]]]:
    """Mean scores of each system's runs for chunks of resamples of the pairs, the same for all."""
    generator = np.random.default_rng(seed)
    pairs = len(systems[0][0].statistics)
    for size in _chunks(resamples):
        weights = generator.multinomial(pairs, np.full(pairs, 1 / pairs), size).astype(float)
        scores = []
        for runs in systems:
            of_runs = [run.function(weights @ run.statistics) for run in runs]
            means = {name: np.mean([s[name] for s in of_runs], axis=0) for name in of_runs[0]}
            scores.append(means)
        yield scores


def _randomisation(
    a: AdditiveScores, b: AdditiveScores, exchanges: int, seed: int
) -> dict[str, float]:
    """Two-sided p-values; the observed assignment counts as one exchange."""
    generator = np.random.default_rng(seed)
    total_a, total_b = a.statistics.sum(axis=0), b.statistics.sum(axis=0)
    step = b.statistics - a.statistics
    true_a, true_b = a.function(total_a), b.function(total_b)
    extreme = dict.fromkeys(true_a, 1)
    for size in _chunks(exchanges):
        exchanged = generator.integers(0, 2, (size, len(step))).astype(float) @ step
        random_a, random_b = a.function(total_a + exchanged), b.function(total_b - exchanged)
        for name in extreme:
            observed = abs(true_a[name] - true_b[name])
            # Sums in another order differ in the last bits.
            as_large = np.abs(random_a[name] - random_b[name]) >= observed - 1e-9
            extreme[name] += int(np.count_nonzero(as_large))
    return {name: count / (exchanges + 1) for name, count in extreme.items()}


def _chunks(total: int) -> Iterator[int]:
    for start in range(0, total, _CHUNK):
        yield min(_CHUNK, total - start)


def _stack(chunks: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def _interval(values: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _student(
    a: Sequence[float], b: Sequence[float], resampled: np.ndarray, pairs: int, level: float
) -> tuple[float, float, float]:
    """Interval and p-value of the mean difference, from runs' scores and resampled differences."""
    # A single pair does not vary over resamples.
    parts = [(float(np.nanvar(resampled, ddof=1)), pairs - 1)] if pairs > 1 else []
    parts += [
        (float(np.var(runs, ddof=1)) / len(runs), len(runs) - 1) for runs in (a, b) if len(runs) > 1
    ]
    variance = sum(part for part, _ in parts)
    difference = float(np.mean(a) - np.mean(b))
    if variance == 0:
        return difference, difference, float(difference == 0)
    student = import_extra("scipy.stats").t
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    half = student.ppf((1 + level) / 2, freedom) * variance**0.5
    p = 2 * student.sf(abs(difference) / variance**0.5, freedom)
    return difference - half, difference + half, float(p)


def _two_sided(differences: np.ndarray) -> float:
    """Like the randomisation's p-value, it counts the observed set as one resample: never 0."""
    values = differences[~np.isnan(differences)]
    rarer = int(min(np.count_nonzero(values <= 0), np.count_nonzero(values >= 0)))
    return min(1.0, 2 * (rarer + 1) / (len(values) + 1))
