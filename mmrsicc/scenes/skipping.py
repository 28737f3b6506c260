"""Skipping of tiles that need no caption, and the cost of the prefilter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmrsicc.scenes.pair import PairPixels
from mmrsicc.scenes.results import TileFacts

#: Minimum standard deviation for normalising, in grey levels, so that noise is not amplified.
LEAST_CONTRAST = 8.0

#: Thresholds for which a run without a prefilter reports the cost of one.
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


def difference(pixels: PairPixels) -> float:
    """Mean absolute difference of the dates of a tile, each normalised to mean 0 and deviation 1.

    So light and contrast, which differ from day to day, do not count. Each band is normalised by
    itself over the pixels with data. 0 for equal dates, about 1.1 for unrelated ones.
    """
    before, after = (_normalised(image, pixels.valid) for image in (pixels.before, pixels.after))
    return float(np.abs(before - after)[:, pixels.valid].mean())


def skip_reason(pixels: PairPixels, differs: float | None, prefilter: float | None) -> str | None:
    """Reason why a tile is skipped, None where it is not.

    Args:
        pixels: Of the tile.
        differs: :func:`difference`; None without data.
        prefilter: Least difference that is looked at; None for all.
    """
    if differs is None:
        return "no data"
    if pixels.identical:
        return "identical"
    return "prefilter" if prefilter is not None and differs < prefilter else None


@dataclass(frozen=True)
class PrefilterCost:
    """Cost of a prefilter: what it would have saved and lost.

    Attributes:
        threshold: Least difference that is looked at.
        captioned: Tiles that are looked at without the prefilter.
        skipped: How many of them it would have skipped.
        changes: Tiles with a change, in the mask or the sentence, without the prefilter.
        lost: How many of these it would have skipped.
    """

    threshold: float
    captioned: int
    skipped: int
    changes: int
    lost: int


def prefilter_costs(
    tiles: Iterable[TileFacts], thresholds: Sequence[float] = THRESHOLDS
) -> list[PrefilterCost]:
    """Costs of prefilters, from the results of a run without one.

    What is found in a tile does not depend on other tiles. So a run with a prefilter finds what the
    run without it does, less the tiles below the threshold, and one run tells for all.
    """
    captioned = [t for t in tiles if t.skipped is None and t.difference is not None]
    changes = sum(t.changed for t in captioned)
    costs = []
    for threshold in thresholds:
        below = [t for t in captioned if (t.difference or 0.0) < threshold]
        lost = sum(t.changed for t in below)
        costs.append(PrefilterCost(threshold, len(captioned), len(below), changes, lost))
    return costs


def _normalised(image: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 to (3, H, W) of mean 0 and deviation 1 per band."""
    mean, deviation = cv2.meanStdDev(image, mask=valid.astype(np.uint8))
    scale = np.maximum(deviation, LEAST_CONTRAST)
    bands = np.ascontiguousarray(image.transpose(2, 0, 1), np.float32)
    means, scales = (x.astype(np.float32)[..., None] for x in (mean, scale))
    return (bands - means) / scales
