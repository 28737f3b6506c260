"""Geometry that both dates, the mask and the semantic maps share.

Each transform draws once and applies the draw to whichever of ``before``, ``after``, ``gt_mask``,
``before_semantic`` and ``after_semantic`` are there, so the dates cannot come apart. A transform
made for single images joins in through MMCV's broadcaster::

    dict(
        type="TransformBroadcaster",
        mapping=dict(img=["before", "after"]),
        auto_remap=True,
        share_random_params=True,
        transforms=[dict(type="RandomErasing")],
    )
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmrsicc.datasets.transforms.directions import ORIENTATIONS, orient, rewrite_directions
from mmrsicc.registry import TRANSFORMS
from mmrsicc.utils.many_bands import by_bands

#: What has the pair's geometry: images, and labels of the same size.
ALIGNED = ("before", "after", "gt_mask", "before_semantic", "after_semantic")


def _apply(results: dict[str, Any], function: Callable[[np.ndarray], np.ndarray]) -> None:
    """Apply one function to both dates and their labels, and note the new size."""
    for key in ALIGNED:
        if key in results:
            results[key] = np.ascontiguousarray(function(results[key]))
    results["img_shape"] = results["before"].shape[:2]


def _sides(name: str, size: int | Sequence[int]) -> tuple[int, int]:
    """Height and width of a size in a config."""
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or min(sides) < 1:
        raise ValueError(f"{name}={size}: give (height, width) in pixels, 1 or more")
    return sides[0], sides[1]


@TRANSFORMS.register_module()
class ResizePair(BaseTransform):
    """Resize to a fixed size: bilinear for images, nearest for labels.

    Args:
        scale: (height, width) in pixels, or the side of a square.

    Raises:
        ValueError: If a side is less than a pixel.
    """

    def __init__(self, scale: int | tuple[int, int]) -> None:
        self.height, self.width = _sides("ResizePair: scale", scale)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize what is there."""

        def resize(array: np.ndarray) -> np.ndarray:
            method = cv2.INTER_NEAREST if array.ndim == 2 else cv2.INTER_LINEAR
            return cv2.resize(array, (self.width, self.height), interpolation=method)

        _apply(results, partial(by_bands, resize))
        return results


@TRANSFORMS.register_module()
class RandomCropPair(BaseTransform):
    """Cut the same window out of both dates and their labels.

    Meant for masks: a crop may cut away what a caption describes.

    Args:
        crop_size: (height, width) in pixels, or the side of a square.

    Raises:
        ValueError: If a side is less than a pixel, or a pair is smaller than the window.
    """

    def __init__(self, crop_size: int | tuple[int, int]) -> None:
        self.height, self.width = _sides("RandomCropPair: crop_size", crop_size)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop what is there."""
        height, width = results["before"].shape[:2]
        if height < self.height or width < self.width:
            raise ValueError(
                f"{results.get('before_path', 'pair')} is {width} x {height} pixels, smaller than "
                f"the crop of {self.width} x {self.height}: lower crop_size or resize before it"
            )
        top = np.random.randint(height - self.height + 1)  # noqa: NPY002 - seeded by MMEngine
        left = np.random.randint(width - self.width + 1)  # noqa: NPY002
        _apply(results, lambda a: a[top : top + self.height, left : left + self.width])
        return results


@TRANSFORMS.register_module()
class RandomOrientation(BaseTransform):
    """Flip and turn the pair, and rewrite the direction words of its sentences accordingly.

    Rewrites ``targets`` and ``captions`` where they are there, and sets ``orientation``.

    Args:
        orientations: Names from :data:`~mmrsicc.datasets.transforms.directions.ORIENTATIONS`, one
            of which is drawn with equal chance. All eight by default; those with a quarter turn
            swap height and width.

    Raises:
        ValueError: If a name is unknown.
    """

    #: Tells a data set that sentences change, see ``ChangeCaptionDataset.sentences``.
    rewrites_captions = True

    def __init__(self, orientations: Sequence[str] = tuple(ORIENTATIONS)) -> None:
        unknown = [name for name in orientations if name not in ORIENTATIONS]
        if isinstance(orientations, str) or unknown or not orientations:
            raise ValueError(f"orientations={orientations!r}: choose among {list(ORIENTATIONS)}")
        self.orientations = tuple(orientations)

    def rewritings(self, sentence: str) -> list[str]:
        """The sentence under each of the orientations."""
        return [rewrite_directions(sentence, name) for name in self.orientations]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Draw an orientation and apply it to pixels and sentences."""
        name = self.orientations[np.random.randint(len(self.orientations))]  # noqa: NPY002
        _apply(results, lambda array: orient(array, name))
        for key in ("captions", "targets"):
            if key in results:
                results[key] = [rewrite_directions(sentence, name) for sentence in results[key]]
        results["orientation"] = name
        return results
