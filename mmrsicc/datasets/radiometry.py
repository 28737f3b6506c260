"""Radiometry: values of two dates to 8 bits, alike for image pairs and scenes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mmrsicc.utils.counts import counted

#: Percentiles that become 0 and 255 where images are not of 8 bits and no range is named.
PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class Calibration:
    """Calibration that a file declares: the quantity is ``value * scale + offset``.

    Attributes:
        dtype: NumPy's name of the type of the stored values.
        scale: One per band that is read.
        offset: The same.
    """

    dtype: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @property
    def kind(self) -> str:
        """``8-bit``, ``counts`` (integers without scale) or ``quantity`` (such as reflectance)."""
        if self.dtype == "uint8" and not self.declared:
            return "8-bit"
        scaled = any(scale != 1 for scale in self.scale)
        return "quantity" if scaled or np.dtype(self.dtype).kind == "f" else "counts"

    @property
    def declared(self) -> bool:
        """Whether a scale or an offset is declared."""
        return any(scale != 1 for scale in self.scale) or any(self.offset)

    def quantity(self, stored: np.ndarray) -> np.ndarray:
        """Stored values (bands, ...) in the declared unit, as float64."""
        shape = (-1,) + (1,) * (stored.ndim - 1)
        return stored * np.reshape(self.scale, shape) + np.reshape(self.offset, shape)

    def __str__(self) -> str:
        declared = f" with scale {self.scale} and offset {self.offset}" if self.declared else ""
        return f"{self.dtype} values{declared}"


@dataclass(frozen=True)
class Stretch:
    """A straight line per band from stored values to 8 bits; values beyond its ends are clipped.

    Attributes:
        low: Stored value per band that becomes 0; None takes the values as they are.
        high: Stored value per band that becomes 255.
    """

    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None

    def __call__(self, values: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """(1 or 3, H, W) of any type to (H, W, 3) uint8; pixels without data become black."""
        if self.low is not None and self.high is not None:
            low = np.array(self.low, np.float32)[:, None, None]
            span = np.array(self.high, np.float32)[:, None, None] - low
            scaled = (np.where(valid, values, 0).astype(np.float32) - low) / span
            values = np.rint(np.clip(scaled, 0, 1) * 255)
        image = np.where(valid, values, 0).astype(np.uint8).transpose(1, 2, 0)
        return np.ascontiguousarray(np.broadcast_to(image, (*valid.shape, 3)))


@dataclass(frozen=True)
class Radiometry:
    """Radiometry of a pair: one range of the quantity for both dates, and so their 8 bits.

    Attributes:
        before: What the first date's file declares.
        after: The same of the second date.
        source: ``as they are`` (8-bit images), ``fixed range`` or ``percentiles``.
        low: Quantity per band that becomes 0; None for values that stay as they are.
        high: Quantity per band that becomes 255.
        percentiles: Those of both dates' pixels together that gave the range, if any did.
    """

    before: Calibration
    after: Calibration
    source: str = "as they are"
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    percentiles: tuple[float, float] | None = None

    @property
    def stretches(self) -> tuple[Stretch, Stretch]:
        """From the stored values of the first and of the second date."""
        return self._stretch(self.before), self._stretch(self.after)

    def equal(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Pixels whose stored values (bands, H, W) are equal quantities."""
        if _alike(self.before, self.after):
            return before == after
        return np.isclose(self.before.quantity(before), self.after.quantity(after))

    def to_dict(self) -> dict[str, Any]:
        """Fields in types that JSON has."""
        return asdict(self)

    def _stretch(self, date: Calibration) -> Stretch:
        if self.low is None or self.high is None or self._stays(date):
            return Stretch()
        scale, offset = np.array(date.scale), np.array(date.offset)
        low, high = ((np.array(end) - offset) / scale for end in (self.low, self.high))
        return Stretch(tuple(low.tolist()), tuple(high.tolist()))

    def _stays(self, date: Calibration) -> bool:
        """Whether an 8-bit date is kept as it is: a fixed range applies to deeper values only."""
        return self.source == "fixed range" and date.kind == "8-bit"


@dataclass(frozen=True)
class SensorRadiometries:
    """Radiometries of two sensors: each date has a range of its own.

    Attributes:
        before: Of the first date alone.
        after: Of the second date alone.
    """

    before: Radiometry
    after: Radiometry

    @property
    def stretches(self) -> tuple[Stretch, Stretch]:
        """From the stored values of the first and of the second date."""
        return self.before.stretches[0], self.after.stretches[1]

    def equal(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """No pixel: values of two sensors have nothing in common."""
        return np.zeros(before.shape[1:], bool)

    def to_dict(self) -> dict[str, Any]:
        """Fields in types that JSON has."""
        return asdict(self)


def common_radiometry(
    before: np.ndarray,
    after: np.ndarray,
    calibrations: tuple[Calibration, Calibration],
    percentiles: tuple[float, float] | None = None,
    value_range: tuple[float, float] | None = None,
) -> Radiometry:
    """The radiometry of two dates.

    8-bit values stay as they are, unless percentiles are named. Others get the range, or else the
    range between two percentiles of both dates taken together, band by band, so that equal
    quantities become equal and a change of brightness stays one.

    Args:
        before: Stored values (bands, N) of pixels of the first date that have data, at full
            resolution.
        after: The same of the second date.
        calibrations: What the files declare about these values.
        percentiles: Lower and upper; None: :data:`PERCENTILES` of values that are not of 8 bits.
        value_range: Quantities that become 0 and 255 instead; 8-bit values stay as they are.

    Raises:
        ValueError: The dates have nothing in common: one alone is of 8 bits and no range is named,
            one has counts of a sensor and the other a quantity, or no pixel has data.
    """
    one, two = calibrations
    if percentiles is None and stays(one, two):
        return Radiometry(one, two)
    check_comparable(one, two, set() if value_range is None else {"8-bit"})
    if value_range is not None:
        low, high = (tuple([float(end)] * len(one.scale)) for end in value_range)
        return Radiometry(one, two, "fixed range", low, high)
    if len(one.scale) != len(two.scale):
        raise ValueError(
            f"the first date has {counted(len(one.scale), 'band')}, the second {len(two.scale)}: "
            "choose the same of both"
        )
    pooled = np.concatenate([one.quantity(before), two.quantity(after)], axis=1)
    if not pooled.size:
        raise ValueError("no pixel of either date has data")
    chosen = percentiles or PERCENTILES
    ends = np.percentile(pooled, chosen, axis=1)
    # A band of one value has no range: it becomes black.
    ends[1] = np.where(ends[1] > ends[0], ends[1], ends[0] + 1)
    low, high = (tuple(end.tolist()) for end in ends)
    return Radiometry(one, two, "percentiles", low, high, chosen)


def check_comparable(one: Calibration, two: Calibration, compatible: Collection[str] = ()) -> None:
    """Refuses values of two dates that are of different kinds.

    Args:
        one: What the first date's file declares.
        two: The same of the second date.
        compatible: Kinds that go with any other.

    Raises:
        ValueError: One is of 8 bits, counts or a quantity, the other is not.
    """
    if len({one.kind, two.kind} - set(compatible)) > 1:
        raise ValueError(
            f"the first date has {one}, the second {two}: they have no range in common; bring both "
            "to one type and unit first"
        )


def check_value_range(value_range: Sequence[float] | None) -> tuple[float, float] | None:
    """A range as a tuple.

    Raises:
        ValueError: It is not two rising numbers.
    """
    if value_range is None:
        return None
    if len(value_range) != 2 or not value_range[0] < value_range[1]:
        raise ValueError(
            f"value_range {value_range}: give the values that become 0 and 255, such as (0, 3000)"
        )
    return float(value_range[0]), float(value_range[1])


def stays(one: Calibration, two: Calibration) -> bool:
    """Whether the values of two dates are of 8 bits and mean the same, so that they may stay."""
    return one.dtype == two.dtype == "uint8" and _alike(one, two)


def _alike(one: Calibration, two: Calibration) -> bool:
    """Whether equal stored values are equal quantities."""
    return (one.scale, one.offset) == (two.scale, two.offset)
