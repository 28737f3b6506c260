"""From values of any type to 8 bits, the same way for both dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Percentiles that become 0 and 255 where files are not of 8 bits and none are named.
PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class Stretch:
    """A straight line per band; values beyond its ends are clipped.

    Attributes:
        low: Value per band that becomes 0; None takes the values as they are.
        high: Value per band that becomes 255.
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


def common_stretch(
    before: np.ndarray,
    after: np.ndarray,
    valid: np.ndarray,
    percentiles: tuple[float, float] | None = None,
) -> Stretch:
    """The stretch between two percentiles of both dates taken together, band by band.

    Args:
        before: Values (bands, H, W).
        after: The same of the second date.
        valid: (H, W) bool, where both dates have data.
        percentiles: Lower and upper; None leaves 8-bit values as they are.

    Raises:
        ValueError: One date alone is of 8 bits, or of floating point: digital numbers of a sensor
            and reflectances, say.
    """
    kinds = [(v.dtype == np.uint8, v.dtype.kind == "f") for v in (before, after)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"the first date has {before.dtype} values, the second {after.dtype}: they have no "
            "range in common; bring both to one type and unit first"
        )
    if percentiles is None and before.dtype == np.uint8:
        return Stretch()
    pooled = np.concatenate([before[:, valid], after[:, valid]], axis=1).astype(np.float64)
    low, high = np.percentile(pooled, percentiles or PERCENTILES, axis=1)
    # A band of one value has no range: it becomes black.
    high = np.where(high > low, high, low + 1)
    return Stretch(tuple(low.tolist()), tuple(high.tolist()))
