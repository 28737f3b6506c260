"""The first step of every pipeline: both dates, and mask and semantic maps if there are any."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmrsicc.datasets.band_values import Bands, check_band_numbers
from mmrsicc.datasets.image_io import read_class_map, read_image, read_pair
from mmrsicc.datasets.mask_io import read_mask
from mmrsicc.datasets.pair_values import read_validity
from mmrsicc.datasets.radiometry import check_value_range
from mmrsicc.registry import TRANSFORMS
from mmrsicc.utils.many_bands import by_bands
from mmrsicc.utils.windows import Window

#: What must have the first date's size, and the key of its file.
_PATHS = {
    "after": "after_path",
    "gt_mask": "mask_path",
    "before_semantic": "before_semantic_path",
    "after_semantic": "after_semantic_path",
}


@TRANSFORMS.register_module()
class LoadPair(BaseTransform):
    """Read ``before_path``, ``after_path`` and, where given, ``mask_path`` and semantic maps.

    Sets ``before`` and ``after``, (H, W, 3) uint8 RGB, ``radiometry`` (how, as a dict) where they
    have more than 8 bits, ``gt_mask``, (H, W) uint8 of class ids (see
    :mod:`mmrsicc.structures.change_mask`), ``before_semantic`` and ``after_semantic``, (H, W) uint8
    class ids, and ``ori_shape`` and ``img_shape``, (H, W).

    Args:
        binary_mask: Make one class, 1, of all that changed, as change detectors are trained on.
            Where the data set declares no ``mask_classes``, masks are binary anyway (see
            :func:`mmrsicc.datasets.mask_io.read_mask`).
        value_range: Values that become 0 and 255 where images have more than 8 bits; None: the 1st
            and the 99th percentile of both dates together (see
            :func:`mmrsicc.datasets.image_io.read_pair`).
        bands: One band, or red, green and blue, counted from 1 without alpha, of files with
            several bands.
        resize_mismatched: Resize the second date, mask and semantic maps to the first date's size
            where they differ, instead of refusing the pair.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged; if sizes, kinds of values or the ground shown differ; if
            what a mask means is not certain.
    """

    def __init__(
        self,
        binary_mask: bool = False,
        value_range: Sequence[float] | None = None,
        resize_mismatched: bool = False,
        bands: Sequence[int] | None = None,
    ) -> None:
        check_band_numbers("LoadPair: bands", bands)
        self.binary_mask = binary_mask
        self.value_range = check_value_range(value_range)
        self.resize_mismatched = resize_mismatched
        self.bands = bands
        #: Of each date, the bands that are read; None: the file's own choice.
        self.band_numbers = (bands, bands)

    def validity(self, before: str | Path, after: str | Path) -> np.ndarray:
        """Where both dates have data in the bands that are read, (H, W) bool.

        Raises:
            FileNotFoundError, ValueError: As of pairs.
        """
        return read_validity(before, after, self._validity_bands(), self.resize_mismatched)

    def _validity_bands(self) -> list[Bands]:
        """Of each date, the bands that must have data."""
        return ["all" if bands is None else bands for bands in self.band_numbers]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the pixels to ``results``."""
        self.read_dates(results)
        if "mask_path" in results:
            results["gt_mask"] = read_mask(
                results["mask_path"], results.get("mask_classes"), self.binary_mask
            )
        for key in ("before_semantic", "after_semantic"):
            if (path := results.get(f"{key}_path")) is not None:
                results[key] = read_class_map(path, results.get("semantic_classes"))
        results["ori_shape"] = results["img_shape"] = results["before"].shape[:2]
        self._match_sizes(results)
        return results

    def read_sizes(self, before: str, after: str) -> list[tuple[int, int]]:
        """Width and height of both dates of a pair, once all of it has been read.

        Raises:
            FileNotFoundError, ValueError: See the class; but sizes may differ.
        """
        pair: dict[str, Any] = {"before_path": before, "after_path": after}
        self.read_dates(pair)
        return [(image.shape[1], image.shape[0]) for image in (pair["before"], pair["after"])]

    def read_size(self, date: int, path: str) -> tuple[int, int]:
        """Width and height of an image by itself, once all of it has been read.

        Args:
            date: 0 for the first, 1 for the second.
            path: The file.

        Raises:
            FileNotFoundError, ValueError: As of pairs.
        """
        height, width = self.read_one(date, path).shape[:2]
        return width, height

    def windows(self, before: str, after: str) -> Sequence[Window | None]:
        """Windows by which a pair is read, so that not all of it is in memory; None: the whole."""
        return [None]

    def read_one(self, date: int, path: str | Path) -> np.ndarray:
        """An image of the first date, 0, or of the second, 1, by itself: (H, W, C).

        Raises:
            FileNotFoundError, ValueError: As of pairs.
        """
        return read_image(path, self.value_range, self.bands)

    def read_dates(self, results: dict[str, Any]) -> None:
        """Set both dates, and how their values became 8 bits."""
        results["before"], results["after"], radiometry = read_pair(
            results["before_path"], results["after_path"], self.value_range, self.bands
        )
        if radiometry.low is not None:
            results["radiometry"] = radiometry.to_dict()

    def picture(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both dates, as they were read, as (H, W, 3) uint8 to look at."""
        return before, after

    def read_pictures(self, before: str | Path, after: str | Path) -> tuple[np.ndarray, np.ndarray]:
        """Both dates of two files to look at, as :meth:`picture` has them."""
        loaded: dict[str, Any] = {"before_path": str(before), "after_path": str(after)}
        self.read_dates(loaded)
        return self.picture(loaded["before"], loaded["after"])

    def _match_sizes(self, results: dict[str, Any]) -> None:
        height, width = results["ori_shape"]
        for key, path_key in _PATHS.items():
            if key not in results or results[key].shape[:2] == (height, width):
                continue
            if not self.resize_mismatched:
                other_height, other_width = results[key].shape[:2]
                raise ValueError(
                    f"sizes differ: {results['before_path']} is {width} x {height}, "
                    f"{results[path_key]} is {other_width} x {other_height} pixels. "
                    "Co-register the pair and resample one date to the size of the other; in a "
                    "config, LoadPair(resize_mismatched=True) does the latter"
                )
            method = cv2.INTER_LINEAR if key == "after" else cv2.INTER_NEAREST
            resize = partial(cv2.resize, dsize=(width, height), interpolation=method)
            results[key] = by_bands(resize, results[key])


def loading_step(pipeline: Iterable[Any]) -> LoadPair:
    """The step of a pipeline that reads files, :class:`LoadPair` itself where there is none."""
    steps = (inner for step in pipeline for inner in getattr(step, "steps", (step,)))
    return next((step for step in steps if isinstance(step, LoadPair)), LoadPair())
