"""Errors of registration, put in on purpose."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmrsicc.registry import TRANSFORMS
from mmrsicc.structures import IGNORED
from mmrsicc.utils.many_bands import by_bands


@TRANSFORMS.register_module()
class RandomShift(BaseTransform):
    """Shift one of the two dates by a few pixels, as pairs that were registered badly are.

    One date, drawn with equal chance, moves by a draw along each axis, its semantic map with it;
    the mask stays where it is, with the other date. So a detector learns that edges beside each
    other are no change. What moves in from outside the image repeats its border and is not known:
    there the mask and the moved map become 255, which no loss counts. For training alone; it needs
    binary masks.

    Args:
        max_shift: Largest shift along each axis, in pixels.
        subpixel: Draw fractions of pixels too, with bilinear interpolation.
        prob: Chance that a pair is shifted.

    Raises:
        ValueError: If the shift is negative, or the chance not from 0 to 1.
    """

    def __init__(self, max_shift: float = 2.0, subpixel: bool = True, prob: float = 0.5) -> None:
        if max_shift < 0 or not 0 <= prob <= 1:
            raise ValueError(
                f"RandomShift: max_shift={max_shift}, prob={prob}: give 0 or more pixels and a "
                "chance from 0 to 1"
            )
        self.max_shift = max_shift
        self.subpixel = subpixel
        self.prob = prob

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Draw a shift and apply it."""
        if np.random.random() >= self.prob:  # noqa: NPY002 - seeded by MMEngine
            return results
        key = ("before", "after")[np.random.randint(2)]  # noqa: NPY002
        right, down = np.random.uniform(-self.max_shift, self.max_shift, 2)  # noqa: NPY002
        if not self.subpixel:
            right, down = round(right), round(down)
        results[key] = shift(results[key], right, down)
        semantic = f"{key}_semantic"
        if semantic in results:
            results[semantic] = shift(results[semantic], right, down, cv2.INTER_NEAREST)
        known = inside(results[key].shape[:2], right, down)
        for labels in ("gt_mask", semantic):
            if labels in results:
                results[labels] = np.where(known, results[labels], IGNORED).astype(np.uint8)
        return results


def shift(
    image: np.ndarray, right: float, down: float, method: int = cv2.INTER_LINEAR
) -> np.ndarray:
    """An (H, W, C) image or an (H, W) map moved to the right and down; its border is repeated."""
    matrix = np.array([[1.0, 0.0, right], [0.0, 1.0, down]])
    size = image.shape[1::-1]

    def move(bands: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(bands, matrix, size, flags=method, borderMode=cv2.BORDER_REPLICATE)

    return by_bands(move, image)


def inside(shape: tuple[int, ...], right: float, down: float) -> np.ndarray:
    """Pixels that an image of this (H, W) shape covers after a shift, (H, W) bool."""
    rows, columns = (np.arange(length) for length in shape)
    known_rows = (rows - down >= 0) & (rows - down <= shape[0] - 1)
    known_columns = (columns - right >= 0) & (columns - right <= shape[1] - 1)
    return known_rows[:, None] & known_columns
