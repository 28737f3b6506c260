"""Both dates of a pair as stored values, for methods that compare values."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmrsicc.datasets.band_values import Bands, BandValues
from mmrsicc.datasets.georeference import check_same_ground
from mmrsicc.datasets.image_io import read_bands, read_values
from mmrsicc.datasets.radiometry import check_comparable
from mmrsicc.utils.counts import counted


def read_pair_values(
    before: str | Path,
    after: str | Path,
    bands: Sequence[int] | None = None,
    same_sensor: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of both dates, (H, W, C) each, and where both have data, (H, W) bool.

    Values are those that the files store; where a file declares a scale or an offset, those in the
    declared unit. A pixel has no data where either file says so of these bands, 8-bit files
    included, or where a value of theirs is not finite.

    Args:
        before: File of the first date, of a kind that a captioner reads, with any bands.
        after: File of the second date.
        bands: Those that are compared, counted from 1 without alpha; None: all. Grey of
            8 bits has three equal ones, as in pictures.
        same_sensor: Bands and kinds of values must be the same.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: One is damaged or of a kind that cannot be read right; sizes, bands or kinds of
            values differ; there are no such bands; they show other ground.
    """
    check_same_ground(before, after)
    first, second = (read_bands(path, bands) for path in (before, after))
    one, two = (
        "{2} x {1} pixels with ".format(*v.values.shape) + counted(len(v.values), "band")
        for v in (first, second)
    )
    if one != two and (same_sensor or first.values.shape[1:] != second.values.shape[1:]):
        raise ValueError(
            f"{before} has {one}, {after} has {two}: lay one onto the other first, and choose the "
            "same bands of both (--bands)"
        )
    try:
        if same_sensor:
            check_comparable(first.calibration, second.calibration)
    except ValueError as error:
        raise ValueError(f"{before} and {after}: {error}") from error
    return _quantity(first), _quantity(second), _has_data(first) & _has_data(second)


def read_validity(
    before: str | Path,
    after: str | Path,
    bands: Sequence[Bands] = ("all", "all"),
    resize_mismatched: bool = False,
) -> np.ndarray:
    """Mask of where both dates of a pair have data, (H, W), as in :func:`read_pair_values`.

    Args:
        before: File of the first date.
        after: File of the second date.
        bands: Of each date, those that must have data.
        resize_mismatched: As of :class:`~mmrsicc.datasets.transforms.LoadPair`.

    Raises:
        FileNotFoundError, ValueError: As there; bands and kinds of values may differ.
    """
    check_same_ground(before, after)
    files = zip((before, after), bands, strict=True)
    first, second = (_has_data(read_values(path, chosen)) for path, chosen in files)
    if first.shape != second.shape and resize_mismatched:
        size = first.shape[1], first.shape[0]
        second = cv2.resize(second.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if first.shape != second.shape:
        one, two = (f"{has.shape[1]} x {has.shape[0]} pixels" for has in (first, second))
        raise ValueError(f"{before} has {one}, {after} has {two}: lay one onto the other first")
    return first & second


def _quantity(image: BandValues) -> np.ndarray:
    """(H, W, C) in the declared unit."""
    declared = image.calibration.declared
    values = image.calibration.quantity(image.values) if declared else image.values
    return np.ascontiguousarray(values.transpose(1, 2, 0))


def _has_data(image: BandValues) -> np.ndarray:
    """(H, W) bool; readers take no 8-bit value for no-data, so that is checked here."""
    if image.nodata is None:
        return image.valid
    return image.valid & (image.values != image.nodata).any(axis=0)
