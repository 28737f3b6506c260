"""Faults of data sets, and those of the pixels of one pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mmrsicc.datasets.mask_values import MaskError
from mmrsicc.datasets.transforms import LoadPair

#: Reads all of a file and tells its width and height; or the date of an image, 0 or 1, that the
#: data set's pipeline reads.
Reader: TypeAlias = Callable[[Path], tuple[int, int]] | int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        kind: What sort of fault, for counting.
        message: Which file or record, what is wrong, and the fix.
    """

    kind: str
    message: str


def pixel_faults(readers: Mapping[Path, Reader], loading: LoadPair) -> list[Fault]:
    """Files of one pair that cannot be read, or whose sizes differ from the first one's.

    Args:
        readers: What reads each file.
        loading: Reads the dates.
    """
    sizes, unfit = _date_sizes([p for p, read in readers.items() if isinstance(read, int)], loading)
    faults = []
    for place, read in readers.items():
        if place in sizes:
            continue
        try:
            if isinstance(read, int):
                sizes[place] = loading.read_size(read, str(place))
            else:
                sizes[place] = read(place)
        except (OSError, ValueError) as error:
            faults.append(
                Fault(
                    "unclear mask" if isinstance(error, MaskError) else "unreadable image",
                    str(error),
                )
            )
    if unfit is not None and not faults:
        faults.append(Fault("dates do not fit", unfit))
    first = next(iter(sizes), None)
    for other, size in sizes.items():
        if first is not None and size != sizes[first] and not loading.resize_mismatched:
            message = (
                f"{first} is {sizes[first][0]} x {sizes[first][1]}, {other} is "
                f"{size[0]} x {size[1]} pixels: co-register the pair, or load it "
                "with LoadPair(resize_mismatched=True)"
            )
            faults.append(Fault("sizes differ", message))
    return faults


def _date_sizes(
    dates: list[Path], loading: LoadPair
) -> tuple[dict[Path, tuple[int, int]], str | None]:
    """Sizes of both dates' images as pairs are read; or none, and what does not fit."""
    if len(dates) != 2:
        return {}, None
    try:
        sizes = loading.read_sizes(*map(str, dates))
    except (OSError, ValueError) as error:  # Reading each by itself says which one it is, if any.
        return {}, str(error)
    return dict(zip(dates, sizes, strict=True)), None
