"""A semisupervised support vector machine that starts from change vectors (Bovolo et al. 2008)."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.pixel_features import scaled
from mmrsicc.change_maps.thresholds import kittler_illingworth
from mmrsicc.utils.extras import import_extra


class S3VM(ChangeMap):
    """Pixels that change vector analysis is sure of teach an SVM, which then takes in the others.

    "A Novel Approach to Unsupervised Change Detection Based on a Semisupervised SVM and a
    Similarity Measure" (TGRS 2008). The minimum error threshold of the change vectors' lengths,
    with a margin on both sides, gives labels that are certain; an SVM with a radial kernel learns
    them on the bands of both dates. In each round the unlabelled pixels within its margin that are
    nearest to either edge join with the label that the SVM gives them, at a weight that grows. A
    score is the distance from the last one's boundary.

    What the paper has and this has not: hyper-parameters chosen by how alike the maps of different
    ones are; here they are given. Needs scikit-learn (``mmrsicc[detect]``).

    Args:
        margin: Width of the uncertain lengths on each side, in shares of the threshold.
        rounds: Times that unlabelled pixels join.
        added: Pixels that join at either edge in a round.
        samples: Pixels that are drawn for training, labelled and unlabelled ones alike.
        c: The SVM's penalty.
        gamma: Of its kernel; "scale" as in scikit-learn.
        seed: Of the draw.

    Attributes:
        threshold: 0, the boundary.
    """

    threshold = 0.0

    def __init__(
        self,
        margin: float = 0.2,
        rounds: int = 5,
        added: int = 20,
        samples: int = 2000,
        c: float = 10.0,
        gamma: float | str = "scale",
        seed: int = 0,
    ) -> None:
        self.margin = margin
        self.rounds = rounds
        self.added = added
        self.samples = samples
        self.c = c
        self.gamma = gamma
        self.seed = seed

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Signed distances from the boundary; -1 everywhere if no label of a class is certain."""
        both = scaled(
            np.concatenate([before, after], axis=1), np.concatenate([valid, valid], axis=1)
        )
        first, second = np.split(both, 2, axis=1)
        lengths = np.linalg.norm(second - first, axis=2)
        pixels = np.concatenate([first, second], axis=2).reshape(-1, 2 * before.shape[2])
        labels = self.certain(lengths, valid).ravel()
        if not {0, 1} <= set(labels[valid.ravel()].tolist()):
            return np.full(valid.shape, -1.0, np.float32)
        machine = self._taught(pixels, labels, valid.ravel())
        return machine.decision_function(pixels).reshape(valid.shape)

    def certain(self, lengths: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """(H, W) int: 1 certainly changed, 0 certainly not, -1 uncertain."""
        threshold = kittler_illingworth(lengths[valid])
        labels = np.full(lengths.shape, -1)
        labels[lengths < (1 - self.margin) * threshold] = 0
        labels[lengths > (1 + self.margin) * threshold] = 1
        return labels

    def _taught(self, pixels: np.ndarray, labels: np.ndarray, valid: np.ndarray) -> Any:
        svm = import_extra("sklearn.svm")
        random = np.random.default_rng(self.seed)
        # As many of each class as there are, up to a half.
        drawn = [
            random.permutation(np.flatnonzero(valid & (labels == label)))[: self.samples // 2]
            for label in (0, 1)
        ]
        known = np.concatenate(drawn)
        open_ = random.permutation(np.flatnonzero(valid & (labels == -1)))[: self.samples]
        truth, weights = labels[known], np.ones(len(known))
        for number in range(self.rounds + 1):
            machine = svm.SVC(C=self.c, gamma=self.gamma, class_weight="balanced")
            machine.fit(pixels[known], truth, sample_weight=weights)
            if number == self.rounds or not len(open_):
                break
            distance = machine.decision_function(pixels[open_])
            inside = np.flatnonzero(np.abs(distance) < 1)
            # Nearest to the edges of the margin, which lie at 1 and -1.
            order = inside[np.argsort(distance[inside])]
            low = [i for i in order[: self.added] if distance[i] < 0]
            high = [i for i in order[::-1][: self.added] if distance[i] >= 0]
            chosen = np.array([*low, *high], int)
            if not len(chosen):
                break
            known = np.concatenate([known, open_[chosen]])
            truth = np.concatenate([truth, (distance[chosen] >= 0).astype(int)])
            weights = np.concatenate([weights, np.full(len(chosen), (number + 1) / self.rounds)])
            open_ = np.delete(open_, chosen)
        return machine
