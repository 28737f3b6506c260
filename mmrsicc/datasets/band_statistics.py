"""Mean and deviation of each band of a data set, for a config's ``statistics``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from mmrsicc.datasets.transforms import LoadBands, LoadPair


class RunningStatistics:
    """Mean and deviation of each band over images that come one by one.

    Means and sums of squares are joined as Chan, Golub and LeVeque (1979) do, so that large values
    lose no digits.
    """

    def __init__(self) -> None:
        self.count = 0
        self._mean: Any = 0.0
        self._squares: Any = 0.0

    def add(self, pixels: np.ndarray) -> None:
        """Adds pixels (N, bands).

        Raises:
            ValueError: If they have another number of bands than those before.
        """
        if not len(pixels):
            return
        if self.count and pixels.shape[1] != len(self._mean):
            raise ValueError(f"{pixels.shape[1]} bands after images of {len(self._mean)}")
        mean = pixels.mean(axis=0, dtype=np.float64)
        squares = np.square(pixels - mean).sum(axis=0)
        total = self.count + len(pixels)
        apart = mean - self._mean
        self._squares = (
            self._squares + squares + np.square(apart) * self.count * len(pixels) / total
        )
        self._mean = self._mean + apart * len(pixels) / total
        self.count = total

    def summary(self) -> dict[str, list[float]]:
        """``mean`` and ``std`` per band, six digits each.

        Raises:
            ValueError: If there is no pixel, or a band has one value throughout.
        """
        if not self.count:
            raise ValueError("no pixel of any image has data")
        deviation = np.sqrt(self._squares / self.count)
        # Declared scales and offsets leave rounding errors in a constant band.
        same = deviation <= 1e-9 * np.abs(self._mean)
        if same.any():
            constant = int(np.argmax(same)) + 1
            raise ValueError(
                f"band {constant} has the same value throughout: leave it out (before_bands and "
                "after_bands of LoadBands)"
            )
        return {
            name: [float(f"{value:.6g}") for value in values]
            for name, values in (("mean", self._mean), ("std", deviation))
        }


def distinct_pairs(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Records of each pair of files once, of those in several tiles or with several sentences."""
    seen = set()
    for record in records:
        if (files := (record["before_path"], record["after_path"])) not in seen:
            seen.add(files)
            yield record


def band_statistics(
    records: Iterable[dict[str, Any]], loading: LoadPair
) -> dict[str, dict[str, list[float]]]:
    """Statistics of the pixels with data, as a model's ``PairNormalizer`` takes them.

    Args:
        records: Pairs with ``before_path`` and ``after_path``; one in several tiles counts once.
        loading: How they are read. Of one sensor, both dates are counted together, so that a change
            of brightness stays one; of two, each by itself.

    Returns:
        ``before`` and, of two sensors, ``after``; each with ``mean`` and ``std``.

    Raises:
        FileNotFoundError, ValueError: A pair cannot be read, or there is nothing to count.
    """
    apart = isinstance(loading, LoadBands) and not loading.same_sensor
    dates = [RunningStatistics(), RunningStatistics()]
    for record in distinct_pairs(records):
        for date, pixels in _pixels(record, loading):
            try:
                dates[date if apart else 0].add(pixels)
            except ValueError as error:
                name = record[("before_path", "after_path")[date]]
                raise ValueError(f"{name} has {error}: choose bands (LoadBands)") from error
    found = {"before": dates[0].summary()}
    return {**found, "after": dates[1].summary()} if apart else found


def _pixels(record: dict[str, Any], loading: LoadPair) -> Iterator[tuple[int, np.ndarray]]:
    """Pixels with data, (N, bands) each, and their date, 0 or 1; together all of the pair."""
    paths = record["before_path"], record["after_path"]
    for window in loading.windows(*paths):
        if isinstance(loading, LoadBands):
            for date, image in enumerate(loading.read(*paths, window)):
                values, valid = loading.quantities(date, image)
                yield date, values[valid]
            continue
        pair: dict[str, Any] = {"before_path": paths[0], "after_path": paths[1], "window": window}
        # LoadTile cannot do without a window, so that LoadPair reads the whole.
        loaded = LoadPair.transform(loading, pair) if window is None else loading.transform(pair)
        counted: Any = ...
        if "radiometry" in loaded and not loading.resize_mismatched:
            # Images of more than 8 bits are black where either date has no data.
            counted = loading.validity(*paths)
        for date, key in enumerate(("before", "after")):
            yield date, loaded[key][counted].reshape(-1, loaded[key].shape[2])
