"""Change detectors that give the change masks of scenes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmrsicc.apis.detecting import TrainedDetector, build_method
from mmrsicc.change_maps import THRESHOLDS
from mmrsicc.utils.provenance import sha256

if TYPE_CHECKING:
    from rasterio.windows import Window

    from mmrsicc.datasets.transforms import LoadBands
    from mmrsicc.scenes.pair import PairPixels, ScenePair

#: Edge of the windows in pixels from which a threshold is chosen.
_EDGE = 256


class DetectorMasks:
    """The masks of a trained change detector; a :class:`mmrsicc.scenes.Masker`.

    Args:
        config: As for :class:`~mmrsicc.apis.detecting.TrainedDetector`.
        checkpoint: As for :class:`~mmrsicc.apis.detecting.TrainedDetector`.
        device: As for :class:`~mmrsicc.apis.detecting.TrainedDetector`.
        threshold: Probability above which a pixel has changed.
        loading: How a captioner that reads bands loads the tiles; None of 8-bit RGB.

    Raises:
        ValueError: The detector reads bands that the captioner does not.
    """

    def __init__(
        self,
        config: str | Path | None,
        checkpoint: str | Path,
        device: str | None = None,
        threshold: float = TrainedDetector.threshold,
        loading: LoadBands | None = None,
    ) -> None:
        self._detector = TrainedDetector(config, checkpoint, device)
        self._reads_bands = self._detector.loading is not None
        own, tiles = map(_described, (self._detector.loading, loading))
        if self._reads_bands and own != tiles:
            raise ValueError(
                f"{checkpoint} reads {own}, the captioner {tiles}: give a detector of the same, or "
                "one of 8-bit RGB"
            )
        self._threshold = threshold
        facts = f"{sha256(checkpoint)} {self._detector.config_text}"
        known = hashlib.sha256(facts.encode()).hexdigest()[:12]
        self.name = f"{Path(checkpoint).name} ({known}), above {threshold:g}"

    def fit(self, pair: ScenePair) -> None:
        """A trained detector needs no fitting."""

    def __call__(self, tiles: Sequence[PairPixels]) -> list[np.ndarray]:
        """Scores of tiles: probabilities, rescaled so that the threshold is 0.5."""
        limits = [0.0, self._threshold, 1.0]
        pairs = [t.dates if self._reads_bands else (t.before, t.after) for t in tiles]
        return [np.interp(self._detector.probability(*p), limits, [0.0, 0.5, 1.0]) for p in pairs]


class MethodMasks:
    """The masks of a detector that needs no labels; a :class:`mmrsicc.scenes.Masker`.

    It sees what the captioner sees, tile by tile: 8-bit images, or values of bands. A rule of a
    threshold is applied to windows that are spread over the scene, so that all tiles have the same
    one.

    Args:
        method: Name in :data:`~mmrsicc.change_maps.METHODS`.
        threshold: Of the scores: a number or a rule; None for the method's own.
        device: Where a method with a network runs.
    """

    def __init__(
        self, method: str, threshold: str | float | None = None, device: str | None = None
    ) -> None:
        self._score = build_method(method, device=device)
        self._rule = self._score.threshold if threshold is None else threshold
        self._limit = self._rule if isinstance(self._rule, float | int) else np.inf
        self.name = f"{method}, above {self._rule}"

    def fit(self, pair: ScenePair) -> None:
        """Chooses the threshold, if it is given as a rule.

        Raises:
            ValueError: No data was found to choose it from.
        """
        if not isinstance(self._rule, str):
            return
        from mmrsicc.scenes.sample_windows import spread_windows, windows_on

        size = pair.grid.width, pair.grid.height
        scores = self._scores(pair, spread_windows(*size, _EDGE))
        if not len(scores):  # Only a small part of the scene has data.
            scores = self._scores(pair, windows_on(pair.overview.valid, *size, _EDGE))
        if not len(scores):
            raise ValueError(
                f"no window of {_EDGE} pixels has data to choose a threshold from: give a number "
                "(--threshold)"
            )
        self._limit = float(THRESHOLDS[self._rule](scores))

    def _scores(self, pair: ScenePair, windows: Iterable[Window]) -> np.ndarray:
        """Scores (N,) of all pixels with data in the windows, each window once."""
        found = [np.empty(0, np.float32)]
        for window in {w.flatten(): w for w in windows}.values():
            pixels = pair.read(window)
            found.append(self._score(*pixels.dates, pixels.valid)[pixels.valid])
        return np.concatenate(found)

    def __call__(self, tiles: Sequence[PairPixels]) -> list[np.ndarray]:
        """1 where a score is above the threshold, else 0."""
        return [self._score(*t.dates, t.valid) > self._limit for t in tiles]


def _described(loading: LoadBands | None) -> str:
    """Bands of both dates in words."""
    if loading is None:
        return "8-bit RGB"
    dates = zip(loading.band_numbers, loading.decibels, strict=True)
    return " and ".join(
        f"{'all bands' if bands is None else f'bands {tuple(bands)}'}{' in decibels' * decibels}"
        for bands, decibels in dates
    )
