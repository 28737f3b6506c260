"""Validity of a file's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window


class Validity:
    """Pixels where the chosen bands of a date's files have data.

    Masks, alpha bands, no-data values (each band's own), NaN and infinity all count, together; a
    value that the type cannot hold does not. Bands that were not chosen have no say. A pixel has
    no data where one of the bands has none. Bytes are colours, and a colour may well be 0 in one
    band: of them, all bands that name a value must hold it, whichever files they lie in.

    Args:
        nodata: Value that stands for no data beside the files' own.
        window: What is read; None for all.
        shape: Rows and columns that the window is read with; None: all of its own.
    """

    def __init__(
        self,
        nodata: float | None = None,
        window: Window | None = None,
        shape: tuple[int, int] | None = None,
    ) -> None:
        self._nodata = nodata
        self._window = window
        self._shape = shape
        self._told: dict[bool, list[np.ndarray]] = {True: [], False: []}
        self._others: list[np.ndarray] = []

    def add(self, dataset: Any, bands: Sequence[int], pixels: np.ndarray) -> None:
        """Adds an open file's chosen bands, from 1, and their values (bands, H, W)."""
        for band, values in zip(bands, pixels, strict=True):
            flags = dataset.mask_flag_enums[band - 1]
            if MaskFlags.nodata not in flags and flags != [MaskFlags.all_valid]:
                mask = dataset.read_masks(band, window=self._window, out_shape=self._shape)
                self._others.append(mask > 0)
            where = _told(dataset, band, values, self._window, self._nodata, self._shape)
            if where is not None:
                self._told[pixels.dtype == np.uint8].append(where)
        if pixels.dtype.kind == "f":
            self._others.append(np.isfinite(pixels).all(axis=0))
        for band in alpha_bands(dataset):
            alpha = dataset.read(band, window=self._window, out_shape=self._shape)
            self._others.append(alpha > 0)

    def mask(self, height: int, width: int) -> np.ndarray:
        """(H, W) bool, of all files."""
        valid = np.ones((height, width), bool)
        if self._told[True]:
            valid &= np.any(self._told[True], axis=0)
        for where in (*self._told[False], *self._others):
            valid &= where
        return valid


def _told(
    dataset: Any,
    band: int,
    values: np.ndarray,
    window: Window | None,
    nodata: float | None,
    shape: tuple[int, int] | None,
) -> np.ndarray | None:
    """Pixels where a band has data by the values that say it has none; None without such."""
    named = [
        value
        for value in (dataset.nodatavals[band - 1], nodata)
        if value is not None and _can_hold(values.dtype, value)
    ]
    if not named:
        return None
    if values.dtype.kind == "f" and MaskFlags.nodata in dataset.mask_flag_enums[band - 1]:
        # GDAL compares floating values with some tolerance, and knows NaN.
        where = dataset.read_masks(band, window=window, out_shape=shape) > 0
    else:
        where = np.ones(values.shape, bool)
    for value in named:
        where &= values != value
    return where


def _can_hold(kind: np.dtype, value: float) -> bool:
    """Whether a type can represent a value: uint8 cannot represent -9999."""
    if kind.kind == "f":
        return True
    limits = np.iinfo(kind)
    return limits.min <= value <= limits.max and value == int(value)


def alpha_bands(dataset: Any) -> list[int]:
    """Numbers of the alpha bands, from 1."""
    return [
        band
        for band, meaning in zip(dataset.indexes, dataset.colorinterp, strict=True)
        if meaning == ColorInterp.alpha
    ]
