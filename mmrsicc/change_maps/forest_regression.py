"""One sensor's date predicted from the other's by a random forest, after Seo et al. (2018)."""

from __future__ import annotations

import numpy as np

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.pixel_features import scaled, texture
from mmrsicc.utils.extras import import_extra


class ForestRegression(ChangeMap):
    """Bands of one date against those that a forest predicts from the other, of another sensor.

    After "Fusion of SAR and Multispectral Images Using Random Forest Regression for Change
    Detection" (ISPRS International Journal of Geo-Information 2018). The date with fewer bands,
    such as SAR, gives values, means and deviations around each pixel, of which a random forest
    predicts the other's bands. It learns all pixels first, then those that it predicts best, taken
    for unchanged. A score is the length of the difference from the true bands.

    What the paper has and this has not: a forest for each of six land cover classes, and invariant
    pixels from an earlier pair of both sensors. Needs scikit-learn (``mmrsicc[detect]``).

    Args:
        rounds: Times that the forest is grown.
        invariant: Share of the pixels that the next forest learns from.
        trees: Trees of a forest.
        samples: Pixels that a forest learns from, at most.
        seed: Of draws.
    """

    same_bands = False

    def __init__(
        self,
        rounds: int = 3,
        invariant: float = 0.7,
        trees: int = 30,
        samples: int = 10_000,
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.invariant = invariant
        self.trees = trees
        self.samples = samples
        self.seed = seed

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Lengths of what the prediction lacks."""
        given, aim = (before, after) if before.shape[2] <= after.shape[2] else (after, before)
        features = texture(scaled(given, valid))[valid]
        truth = scaled(aim, valid)[valid]
        random = np.random.default_rng(self.seed)
        learned: np.ndarray = np.arange(len(truth))
        for _ in range(self.rounds):
            chosen = random.permutation(learned)[: self.samples]
            forest = import_extra("sklearn.ensemble").RandomForestRegressor(
                self.trees, min_samples_leaf=5, random_state=self.seed
            )
            forest.fit(features[chosen], truth[chosen])
            predicted = forest.predict(features).reshape(truth.shape)
            lengths = np.linalg.norm(predicted - truth, axis=1)
            learned = np.argsort(lengths)[: max(int(self.invariant * len(lengths)), 1)]
        scores = np.zeros(valid.shape)
        scores[valid] = lengths
        return scores
