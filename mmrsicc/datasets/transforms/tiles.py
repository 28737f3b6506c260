"""Loading of tiles, in place of whole images."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mmrsicc.datasets.georeference import check_same_ground
from mmrsicc.datasets.image_io import reads_band_windows
from mmrsicc.datasets.image_windows import (
    image_size,
    read_image_window,
    read_mask_window,
    reads_windows,
)
from mmrsicc.datasets.transforms.band_loading import LoadBands
from mmrsicc.datasets.transforms.geometry import ALIGNED
from mmrsicc.datasets.transforms.loading import LoadPair
from mmrsicc.registry import TRANSFORMS
from mmrsicc.utils.windows import Window, strips

Arrays = dict[str, Any]

#: What tiles have from the whole image.
_OF_THE_WHOLE = ("ori_shape", "radiometry")
#: Pixels that are read at once of an image of which all are read.
_STRIP = 2**22


@TRANSFORMS.register_module()
class LoadTile(LoadPair):
    """Load the ``window`` of a pair that a data set with ``tile_size`` asks for.

    Sets what :class:`LoadPair` sets; ``ori_shape`` is that of the whole image. Of 8-bit TIFF files
    only the window is read, where rasterio is installed. Other images are decoded whole, so that
    all tiles have one radiometry, and those used last are kept, so that their next tiles cost
    nothing.

    Args:
        cache_mb: Megabytes of decoded images that are kept, in each worker process of the loader.
        **kwargs: As for :class:`LoadPair`.
    """

    #: Tells ``ChangeDetectionDataset`` that it supports windowed reading.
    reads_windows = True

    def __init__(self, cache_mb: int = 256, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._decoded = ArrayCache(cache_mb * 2**20)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the pixels of the window to ``results``."""
        window = Window(*results["window"])
        paths = {key: path for key, path in results.items() if key.endswith("_path")}
        if self._by_windows(paths):
            results.update(self._read(results, window))
            width, height = image_size(paths["before_path"])
            results["ori_shape"] = height, width
        else:
            whole = self._decoded.get(tuple(paths.values()), lambda: self._decode(results))
            # Copied, since what follows may write into it.
            results.update({k: whole[k][window.slices].copy() for k in ALIGNED if k in whole})
            results.update({k: whole[k] for k in _OF_THE_WHOLE if k in whole})
        results["img_shape"] = results["before"].shape[:2]
        return results

    def read_sizes(self, before: str, after: str) -> list[tuple[int, int]]:
        """As of whole pairs; what tiles are read from by window is read by window here, too."""
        dates = before, after
        if not all(map(self._reads, dates)):
            return super().read_sizes(before, after)
        if self.resize_mismatched and image_size(before) != image_size(after):
            return super().read_sizes(before, after)
        self._read_window(before, after, Window(0, 0, 1, 1))  # Refuses what is no pair.
        return [self.read_size(date, path) for date, path in enumerate(dates)]

    def read_size(self, date: int, path: str) -> tuple[int, int]:
        """As of whole images, likewise."""
        if not self._reads(path):
            return super().read_size(date, path)
        size = image_size(path)
        for window in strips(*size, _STRIP):
            self._read_part(date, path, window)
        return size

    def windows(self, before: str, after: str) -> Sequence[Window | None]:
        """Windows of whole rows if tiles of the pair are read by window; else None for the whole.

        Raises:
            ValueError: If a file is damaged.
        """
        if not self._by_windows({"before_path": before, "after_path": after}):
            return [None]
        return strips(*image_size(before), _STRIP)

    def _by_windows(self, paths: dict[str, str]) -> bool:
        """Whether all files can be read by windows on one grid."""
        readable = {"before_path": self._reads, "after_path": self._reads}
        readable["mask_path"] = reads_windows
        if not paths.keys() <= readable.keys() or not all(readable[k](paths[k]) for k in paths):
            return False
        # Dates of other sizes are refused or resized by LoadPair, which needs them whole.
        return len({image_size(path) for path in paths.values()}) == 1

    def _read(self, results: dict[str, Any], window: Window) -> Arrays:
        arrays = self._read_window(results["before_path"], results["after_path"], window)
        if (path := results.get("mask_path")) is not None:
            classes = results.get("mask_classes")
            arrays["gt_mask"] = read_mask_window(path, window, classes, self.binary_mask)
        return arrays

    def _reads(self, path: str) -> bool:
        """Whether a window of a date's file can be read."""
        return reads_windows(path)

    def _read_part(self, date: int, path: str, window: Window) -> np.ndarray:
        """Window of the file of a date."""
        return read_image_window(path, window, self.bands)

    def _read_window(self, before: str, after: str, window: Window) -> Arrays:
        check_same_ground(before, after)
        return {
            "before": self._read_part(0, before, window),
            "after": self._read_part(1, after, window),
        }

    def _decode(self, results: dict[str, Any]) -> Arrays:
        whole = super().transform(dict(results))
        return {key: whole[key] for key in (*ALIGNED, *_OF_THE_WHOLE) if key in whole}


@TRANSFORMS.register_module()
class LoadBandTile(LoadTile, LoadBands):
    """Load the ``window`` of a pair as values of its bands: :class:`LoadTile` of any bands.

    Of upright TIFF files only the window of the chosen bands is read; their pixels without data get
    the mean of their band in the window. Others are decoded whole.

    Args:
        cache_mb: As for :class:`LoadTile`.
        **kwargs: As for :class:`LoadBands`.
    """

    def _reads(self, path: str) -> bool:
        return reads_band_windows(path)

    def _read_part(self, date: int, path: str, window: Window) -> np.ndarray:
        return self.read_one(date, path, window)

    def _read_window(self, before: str, after: str, window: Window) -> Arrays:
        results: Arrays = {"before_path": before, "after_path": after}
        self.read_dates(results, window)
        return {key: results[key] for key in ("before", "after")}


class ArrayCache:
    """The arrays that were used last, up to a number of bytes.

    Args:
        max_bytes: Of all arrays together. What is larger by itself is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._kept: OrderedDict[Any, Arrays] = OrderedDict()

    def get(self, key: Any, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a key, made if they are not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = make()
        if _size(made) <= self.max_bytes:
            self._kept[key] = made
            self.bytes += _size(made)
        while self.bytes > self.max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.bytes -= _size(dropped)
        return made


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values() if isinstance(array, np.ndarray))
