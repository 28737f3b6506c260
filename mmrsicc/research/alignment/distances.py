"""Further distances between two samples (n, d) and (m, d); larger is farther."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
NEIGHBOURS = 5


def frechet(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Frechet distance of two normal distributions, as in FID (Heusel et al., 2017).

    Covariances are shrunk (Ledoit & Wolf, 2004), so that few samples do.
    """
    first, second = (LedoitWolf().fit(sample).covariance_ for sample in (x, y))
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    product = np.linalg.eigvalsh(root @ second @ root)
    means = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2)
    return float(means + np.trace(first) + np.trace(second) - 2 * np.sqrt(product.clip(0)).sum())


def proxy_a_distance(x: np.ndarray, y: np.ndarray, seed: int = 0) -> float:
    """2 (1 - 2 error) of a classifier that distinguishes the samples (Ben-David et al., 2007).

    Logistic regression, five-fold: 2 where it always can, about 0 where it cannot.

    Args:
        x: (n, d).
        y: (m, d); the error is the mean of both samples' errors.
        seed: Of the folds.
    """
    features = np.concatenate([x, y])
    labels = np.repeat([0, 1], [len(x), len(y)])
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    accuracy = cross_val_score(classifier, features, labels, cv=folds, scoring="balanced_accuracy")
    return float(2 * (2 * accuracy.mean() - 1))


def mean_angle(x: np.ndarray, y: np.ndarray) -> float:
    """1 less the cosine of the angle between both means."""
    a, b = x.mean(axis=0), y.mean(axis=0)
    return float(1 - a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def coral(x: np.ndarray, y: np.ndarray) -> float:
    """CORAL (Sun & Saenko, 2016): how much the covariances differ, over 4 d^2."""
    difference = np.cov(x, rowvar=False) - np.cov(y, rowvar=False)
    return float(np.sum(difference**2) / (4 * x.shape[1] ** 2))


def uncovered(x: np.ndarray, y: np.ndarray) -> float:
    """Share of y in whose neighbourhood is no x: 1 - coverage (Naeem et al., ICML 2020).

    A neighbourhood reaches to the fifth nearest other point of y.
    """
    neighbours = min(NEIGHBOURS, len(y) - 1)
    radius = np.sort(cdist(y, y), axis=1)[:, neighbours]
    return float(np.mean(cdist(y, x).min(axis=1) > radius))
