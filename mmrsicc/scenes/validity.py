"""Validity of a file's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.windows import Window


def has_data(
    dataset: Any,
    bands: Sequence[int],
    pixels: np.ndarray,
    window: Window | None = None,
    nodata: float | None = None,
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    """Pixels where the chosen bands of a file have data.

    Masks, alpha bands, no-data values (each band's own), NaN and infinity all count, together; a
    value that the type cannot hold does not. Bands that were not chosen have no say. A pixel has
    no data where one of the bands has none. Bytes are colours, and a colour may well be 0 in one
    band: of them, all bands that name a value must hold it.

    Args:
        dataset: An open file.
        bands: The chosen bands, from 1.
        pixels: Their values, (bands, H, W).
        window: What was read; None for all.
        nodata: Value that stands for no data beside the file's own.
        shape: Rows and columns that the window was read with; None: all of its own.

    Returns:
        (H, W) bool.
    """
    valid = np.ones(pixels.shape[1:], bool)
    told = [
        where
        for band, values in zip(bands, pixels, strict=True)
        if (where := _told(dataset, band, values, window, nodata, shape)) is not None
    ]
    if told:
        valid &= np.any(told, axis=0) if pixels.dtype == np.uint8 else np.all(told, axis=0)
    if pixels.dtype.kind == "f":
        valid &= np.isfinite(pixels).all(axis=0)
    for band in alpha_bands(dataset):
        valid &= dataset.read(band, window=window, out_shape=shape) > 0
    return valid


def _told(
    dataset: Any,
    band: int,
    values: np.ndarray,
    window: Window | None,
    nodata: float | None,
    shape: tuple[int, int] | None,
) -> np.ndarray | None:
    """Pixels where a band has data, by its mask and no-data values; None if it has neither."""
    named = [
        value
        for value in (dataset.nodatavals[band - 1], nodata)
        if value is not None and _can_hold(values.dtype, value)
    ]
    flags = dataset.mask_flag_enums[band - 1]
    if not named and flags == [MaskFlags.all_valid]:
        return None
    if named and flags == [MaskFlags.nodata] and values.dtype.kind != "f":
        where = np.ones(values.shape, bool)  # GDAL would read the band again for the same result.
    else:
        # GDAL's mask is that of a mask band, the no-data value or alpha, never of two of them.
        where = dataset.read_masks(band, window=window, out_shape=shape) > 0
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
