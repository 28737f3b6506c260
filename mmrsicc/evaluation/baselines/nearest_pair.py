"""Nearest training pair by a simple image feature, without training."""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from mmrsicc.datasets.image_io import ReadPictures, read_pictures

_GRID = 8
_BINS = 16


def nearest_pairs(
    train: Sequence[Mapping[str, Any]],
    test: Sequence[Mapping[str, Any]],
    read: ReadPictures | None = None,
) -> list[int]:
    """Index of the training pair that is most like each test pair.

    Likeness is the cosine of :func:`pair_feature`, each entry standardised over the training set.

    Args:
        train: Records with ``before_path`` and ``after_path``.
        test: The same.
        read: Reads the dates; None: as where nothing is known of their bands.

    Raises:
        FileNotFoundError, ValueError: An image is missing or damaged; names the file.
    """
    read = read or read_pictures
    known = np.stack([_feature_of(record, read) for record in train])
    mean, deviation = known.mean(axis=0), known.std(axis=0) + 1e-6
    known = _unit((known - mean) / deviation)
    asked = (_unit((_feature_of(record, read) - mean) / deviation) for record in test)
    return [int(np.argmax(known @ feature)) for feature in asked]


def pair_feature(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Appearance of a pair as 624 numbers.

    Both dates and their absolute difference, averaged over 8 x 8 fields, and per channel a
    histogram with 16 bins of the absolute difference at 64 x 64 pixels, as square roots of shares.

    Args:
        before: Image (H, W, 3), uint8.
        after: Image of the second date; its size may be another.
    """
    dates = [_shrink(image, 64).astype(np.float32) / 255 for image in (before, after)]
    difference = np.abs(dates[1] - dates[0])
    fields = [_shrink(image, _GRID).ravel() for image in (*dates, difference)]
    histograms = [
        np.sqrt(np.histogram(difference[..., c], _BINS, (0, 1))[0] / difference[..., c].size)
        for c in range(3)
    ]
    return np.concatenate([*fields, *histograms]).astype(np.float32)


def _feature_of(record: Mapping[str, Any], read: ReadPictures) -> np.ndarray:
    return pair_feature(*read(record["before_path"], record["after_path"]))


def _shrink(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
