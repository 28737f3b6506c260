"""Usefulness: whether a detector's features distinguish changed from unchanged pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmrsicc.research.alignment.features import PooledFeatures
from mmrsicc.research.alignment.pairs import PairSet

FOLDS = 5
RESAMPLES = 1000


@dataclass(frozen=True)
class Usefulness:
    """Areas under the ROC curve of the change flag, 0.5 for chance.

    All are None where changed pairs, or unchanged ones, come from fewer than five files.

    Attributes:
        probe: Of a linear probe on frozen features.
        probe_interval: Its 95 % interval, from the bootstrap over files.
        area: Of the predicted changed area, with nothing fitted; None without logits.
    """

    probe: float | None
    probe_interval: tuple[float, float] | None
    area: float | None


def measure_usefulness(
    features: PooledFeatures, pairs: PairSet, shown: PooledFeatures | None = None, seed: int = 0
) -> Usefulness:
    """Fits the probe five-fold and scores each pair by a probe that saw nothing of its file.

    Args:
        features: Of N pairs.
        pairs: The pairs; those with unknown flag are left out.
        shown: What the probes are tried on instead, such as features of the same pairs degraded.
        seed: Of folds and resamples.
    """
    known = pairs.flags >= 0
    flags, files, shown = pairs.flags[known], pairs.files[known], shown or features
    if min(len(np.unique(files[flags == flag])) for flag in (0, 1)) < FOLDS:
        return Usefulness(None, None, None)
    scores = np.empty(len(flags))
    seen, tried = features.probe[known], shown.probe[known]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for fit, held in folds.split(seen, flags, files):
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        probe.fit(seen[fit], flags[fit])
        scores[held] = probe.decision_function(tried[held])
    areas = None if shown.areas is None else shown.areas[known]
    return Usefulness(
        float(roc_auc_score(flags, scores)),
        _interval(flags, files, scores, seed),
        None if areas is None else float(roc_auc_score(flags, areas)),
    )


def _interval(
    flags: np.ndarray, files: np.ndarray, scores: np.ndarray, seed: int
) -> tuple[float, float]:
    """From the share of changed and unchanged pairs in the right order, files resampled."""
    changed, unchanged = scores[flags == 1][:, None], scores[flags == 0]
    right = (changed > unchanged) + (changed == unchanged) / 2
    names, of_pair = np.unique(files, return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    rows, columns = (drawn[:, of_pair[flags == flag]].astype(float) for flag in (1, 0))
    right_ones = ((rows @ right) * columns).sum(axis=1)
    all_ones = rows.sum(axis=1) * columns.sum(axis=1)
    drawn_both = all_ones > 0
    areas = right_ones[drawn_both] / all_ones[drawn_both]
    low, high = np.quantile(areas.clip(0, 1), [0.025, 0.975])  # Sums may exceed 1 by rounding.
    return float(low), float(high)
