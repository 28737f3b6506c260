"""Meaning of the values of a mask file.

A data set declares it by ``mask_classes`` of its metainfo, the name of each value:
``{128: "road", 255: "building"}``. Undeclared masks are binary, and their values must leave no
doubt: 0 and 1, or 0 and 255. What fits neither is refused.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmrsicc.structures import IGNORED, is_changed

#: Class name of each value in mask files.
MaskClasses = Mapping[int, str]

#: Class name in :data:`MaskClasses` for a further value that means "unchanged".
UNCHANGED = "unchanged"

#: Up to so many values between 0 and 255 in a lossless file are classes, not grey edges.
_FEW_VALUES = 8
#: Maximum share of pixels from 64 to 191 in a binary mask with grey edges.
_MOST_HALF_WAY = 0.1

_DECLARE = "mask_classes in the data set's metainfo"


class MaskError(ValueError):
    """A mask whose meaning is not certain."""


@dataclass(frozen=True)
class MaskValues:
    """Values of a mask file.

    Attributes:
        counts: (256,) number of pixels of each value.
        lossy: Whether its compression changes values, as JPEG's does.
        one_bit: Whether its pixels are bits.
        no_data: Whether it says itself that 255 is no data.
    """

    counts: np.ndarray
    lossy: bool = False
    one_bit: bool = False
    no_data: bool = False

    @property
    def present(self) -> set[int]:
        """The values that occur."""
        return set(np.flatnonzero(self.counts).tolist())


def class_ids(classes: MaskClasses) -> dict[int, int]:
    """Class id of each value.

    Ids grow with the values; values of equal name are one class. 0 is unchanged, unless another
    value is called so.

    Raises:
        ValueError: If a value is no uint8, or nothing is left that may have changed.
    """
    named = {int(value): name for value, name in sorted(classes.items(), key=lambda c: int(c[0]))}
    if UNCHANGED not in named.values():
        named = {0: UNCHANGED, **named}
    names = list(dict.fromkeys([UNCHANGED, *named.values()]))
    if not all(0 <= value <= 255 for value in named) or len(names) < 2:
        raise ValueError(
            f"mask_classes={dict(classes)} must give values from 1 to 255 a name, such as "
            '{128: "road", 255: "building"}'
        )
    return {value: names.index(name) for value, name in named.items()}


def class_names(classes: MaskClasses | None) -> dict[int, str]:
    """Name of each class of change by its id, as legends need them; empty if none are declared."""
    ids = class_ids(classes or {255: "changed"})
    return {ids[int(v)]: name for v, name in (classes or {}).items() if ids[int(v)] != 0}


def value_table(
    values: MaskValues, classes: MaskClasses | None, path: str | Path, binary: bool = False
) -> np.ndarray:
    """Class id, or ``IGNORED``, of each value of a file, (256,) uint8.

    255 is ignored where it is no class.

    Args:
        values: What the whole file holds.
        classes: What its values are declared to mean; None: it is binary.
        path: The file, for errors.
        binary: Make one class, 1, of all that changed.

    Raises:
        MaskError: If the values fit neither classes nor a binary mask.
    """
    ids = _binary_ids(values, path) if classes is None else class_ids(classes)
    if values.one_bit and set(ids.values()) == {0, 1}:
        ids = {0: 0, 1: 1}
    table: np.ndarray = np.full(256, IGNORED, np.uint8)
    table[list(ids)] = list(ids.values())
    if unknown := values.present - ids.keys() - {IGNORED}:
        if not _has_grey_edges(values, ids, len(unknown)):
            raise MaskError(
                f"{path} has the value{'s' * (len(unknown) > 1)} {listed(unknown)} beside those of "
                f"its classes, {listed(ids)}: name every value by {_DECLARE}; of blurred masks "
                "or probabilities make 0 and 255 by a threshold"
            )
        table = (np.arange(256) >= 128).astype(np.uint8)
    return np.where(is_changed(table), 1, table).astype(np.uint8) if binary else table


def listed(values: Set[int] | Mapping[int, int]) -> str:
    """Some values in words, such as "0, 1, 2, ... 9 (10 values)"."""
    ordered = [str(value) for value in sorted(values)]
    if len(ordered) <= 5:
        return ", ".join(ordered)
    return f"{', '.join(ordered[:3])}, ... {ordered[-1]} ({len(ordered)} values)"


def _binary_ids(values: MaskValues, path: str | Path) -> dict[int, int]:
    """Ids of a mask whose meaning is not declared."""
    present = values.present - ({IGNORED} if values.no_data else set())
    if present <= {0, 1} and not values.lossy:
        return {0: 0, 1: 1}
    if present <= {0, 255} or values.lossy:
        return {0: 0, 255: 1}
    if present <= {0, 1, 255}:
        raise MaskError(
            f"{path} has the values {listed(present)}, where 255 may be changed or ignored: "
            f'declare {_DECLARE}: {{1: "changed"}} ignores 255, {{1: "changed", 255: "changed"}} '
            "counts both"
        )
    raise MaskError(
        f"{path} has the values {listed(present)}, which do not say what has changed: binary masks "
        f'have 0 and 1, or 0 and 255. Name the classes by {_DECLARE}, such as {{128: "road", '
        '255: "building"}, or {255: "changed"} for masks with grey edges; probabilities need a '
        "threshold"
    )


def _has_grey_edges(values: MaskValues, ids: Mapping[int, int], unknown: int) -> bool:
    """Whether values between 0 and 255 are edges that resampling or JPEG has blurred."""
    if dict(ids) != {0: 0, 255: 1} or not (values.lossy or unknown > _FEW_VALUES):
        return False
    half_way = values.counts[64:192].sum()
    return bool(values.counts[192:].any() and half_way <= _MOST_HALF_WAY * values.counts.sum())
