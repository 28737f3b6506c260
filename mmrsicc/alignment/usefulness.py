"""Do a detector's features tell changed pairs from unchanged ones, without any caption?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmrsicc.alignment.features import PooledFeatures

FOLDS = 5
RESAMPLES = 1000


@dataclass(frozen=True)
class Usefulness:
    """Areas under the ROC curve of the change flag, 0.5 for chance.

    Attributes:
        probe: Of a linear probe on frozen features; None where one flag has fewer than five pairs.
        probe_interval: Its 95 % interval, from the bootstrap over changed and unchanged pairs.
        area: Of the predicted changed area, with nothing fitted; None without logits.
    """

    probe: float | None
    probe_interval: tuple[float, float] | None
    area: float | None


def measure_usefulness(
    features: PooledFeatures, flags: np.ndarray, shown: PooledFeatures | None = None, seed: int = 0
) -> Usefulness:
    """Fits the probe five-fold and scores each pair by a probe that did not see it.

    Args:
        features: Of N pairs.
        flags: (N,) 1, 0, or -1 for unknown; such pairs are left out.
        shown: What the probes are tried on instead, such as features of the same pairs degraded.
        seed: Of folds and resamples.
    """
    known = flags >= 0
    flags, shown = flags[known], shown or features
    if min(np.sum(flags == 0), np.sum(flags == 1)) < FOLDS:
        return Usefulness(None, None, None)
    scores = np.empty(len(flags))
    seen, tried = features.probe[known], shown.probe[known]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fit, held in folds.split(seen, flags):
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
        probe.fit(seen[fit], flags[fit])
        scores[held] = probe.decision_function(tried[held])
    areas = None if shown.areas is None else shown.areas[known]
    return Usefulness(
        float(roc_auc_score(flags, scores)),
        _interval(flags, scores, seed),
        None if areas is None else float(roc_auc_score(flags, areas)),
    )


def _interval(flags: np.ndarray, scores: np.ndarray, seed: int) -> tuple[float, float]:
    """From the share of changed and unchanged pairs in the right order, both drawn anew."""
    changed, unchanged = scores[flags == 1][:, None], scores[flags == 0]
    right = (changed > unchanged) + (changed == unchanged) / 2
    generator = np.random.default_rng(seed)
    rows, columns = (
        generator.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n for n in right.shape
    )
    areas = ((rows @ right) * columns).sum(axis=1).clip(0, 1)  # Sums may pass 1 in the last bit.
    low, high = np.quantile(areas, [0.025, 0.975])
    return float(low), float(high)
