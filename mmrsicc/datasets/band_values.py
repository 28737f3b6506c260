"""Values of an image's bands as its file stores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from mmrsicc.datasets.radiometry import Calibration
from mmrsicc.utils.counts import counted


@dataclass(frozen=True)
class Numbered:
    """Any of the bands of an image except alpha.

    Attributes:
        numbers: From 1, in the order that they are read.
    """

    numbers: Sequence[int]


#: Numbers of one band or three, from 1 and without alpha; "all" of these, or some of these; or None
#: for the bands of a grey or an RGB image.
Bands: TypeAlias = Sequence[int] | Literal["all"] | Numbered | None


@dataclass(frozen=True)
class BandValues:
    """Values of an image's bands as its file stores them.

    Attributes:
        values: (bands, H, W): one, or red, green and blue, unless others were asked for.
        valid: (H, W) bool, whether these bands have data; of 8-bit values by a mask alone, not by
            ``nodata``.
        calibration: What the file declares about the values.
        nodata: Value that the file says is no data, if it names one.
        lossy: Whether its compression changes values.
        one_bit: Whether its pixels are bits; their values are 0 and 255.
    """

    values: np.ndarray
    valid: np.ndarray
    calibration: Calibration
    nodata: float | None = None
    lossy: bool = False
    one_bit: bool = False

    @classmethod
    def plain(cls, values: np.ndarray) -> BandValues:
        """Values without scale, offset or holes."""
        ones, zeros = (1.0,) * len(values), (0.0,) * len(values)
        calibration = Calibration(values.dtype.name, ones, zeros)
        return cls(values, np.ones(values.shape[1:], bool), calibration)

    def chosen(self, indices: Sequence[int]) -> BandValues:
        """Some of the bands, counted from 0; a pixel is valid where all of the image's are."""
        scale, offset = (
            tuple(declared[i] for i in indices)
            for declared in (self.calibration.scale, self.calibration.offset)
        )
        calibration = replace(self.calibration, scale=scale, offset=offset)
        return replace(self, values=self.values[list(indices)], calibration=calibration)


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """Image with its orientation applied.

    Args:
        values: (..., H, W).
        orientation: From 1 to 8, as EXIF and TIFF number where the first row and column are.
    """
    if orientation >= 5:
        values = values.swapaxes(-1, -2)
    if orientation in (3, 4, 7, 8):
        values = values[..., ::-1, :]
    if orientation in (2, 3, 6, 7):
        values = values[..., ::-1]
    return values


def numbered_bands(path: str | Path, image: BandValues, bands: Sequence[int] | None) -> BandValues:
    """An image with those of its bands that are named.

    Args:
        path: Its file, for errors.
        image: All bands but alpha.
        bands: Numbers from 1; None: all.

    Raises:
        ValueError: There are no such bands.
    """
    if bands is None:
        return image
    check_numbers(path, len(image.values), bands)
    return image.chosen([band - 1 for band in bands])


def check_numbers(path: str | Path, count: int, bands: Sequence[int]) -> None:
    """Refuses numbers that are not from 1 to the count of a file's bands.

    Raises:
        ValueError: There are no such bands.
    """
    if not bands or not 1 <= min(bands) <= max(bands) <= count:
        raise ValueError(
            f"{path} has {counted(count, 'band')}: bands {tuple(bands)} must be some of them, "
            "counted from 1"
        )


def check_band_numbers(name: str, bands: Any) -> None:
    """Refuses what a config gives as numbers of bands and is no list of them.

    Raises:
        ValueError: It is a single number or a text.
    """
    if bands is not None and (isinstance(bands, str) or not isinstance(bands, Sequence)):
        raise ValueError(f"{name}={bands!r}: give a list of numbers, such as [3] or [3, 2, 1]")


def alpha_remark(path: str | Path, meanings: Sequence[str]) -> str:
    """Remark on an alpha band, or nothing: GDAL marks the fourth of 8 bits as one by default."""
    if "alpha" not in meanings:
        return ""
    band = meanings.index("alpha") + 1
    return (
        f"; band {band} is marked as alpha, if it is none: "
        f"gdal_edit.py -colorinterp_{band} undefined {path}"
    )


def choose_bands(
    path: str | Path, meanings: Sequence[str], bands: Bands, as_picture: bool = False
) -> list[int]:
    """Numbers of the bands, from 1, that make a grey or an RGB image, or of those that are wished.

    Args:
        path: The file, for errors.
        meanings: What the file calls each band: ``red``, ``gray``, ``alpha``, ``undefined``, ...
        bands: Those that are wished.
        as_picture: Of all, one band is three equal ones, as grey is in pictures.

    Raises:
        ValueError: There are no such bands, or the file does not say which they are.
    """
    there = [number for number, name in enumerate(meanings, 1) if name != "alpha"]
    if bands == "all" or isinstance(bands, Numbered):
        of_all = there * 3 if as_picture and len(there) == 1 else there
        if bands == "all":
            return of_all
        check_numbers(path, len(of_all), bands.numbers)
        return [of_all[number - 1] for number in bands.numbers]
    if bands is not None:
        if len(bands) not in (1, 3) or not 1 <= min(bands) <= max(bands) <= len(there):
            raise ValueError(
                f"{path} has {counted(len(there), 'band')}: bands={tuple(bands)} must be one or "
                f"three of them, counted from 1{alpha_remark(path, meanings)}"
            )
        return [there[number - 1] for number in bands]
    if {"red", "green", "blue"} <= set(meanings):
        return [meanings.index(colour) + 1 for colour in ("red", "green", "blue")]
    if len(there) not in (1, 3):
        raise ValueError(
            f"{path} has {len(there)} bands and does not say which are red, green and blue: choose "
            "them (--bands 3 2 1, or LoadPair(bands=(3, 2, 1))), or write them out (gdal_translate "
            "-b 3 -b 2 -b 1)"
        )
    return there
