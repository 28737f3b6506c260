"""From the values of a multi-class mask to class ids."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mmrsicc.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MaskClasses(BaseTransform):
    """Give each pixel of ``gt_mask`` the class whose value is nearest.

    So the grey edges of resampled masks fall to the nearer side, and half way to the larger value,
    as in binary masks. A mask that was loaded with ``binary_mask=True`` has no classes left.

    Args:
        values: Value of each class in the files, in order of id and growing: (0, 128, 255) makes
            them 0, 1 and 2.

    Raises:
        ValueError: If the values do not grow.
    """

    def __init__(self, values: Sequence[int]) -> None:
        if len(values) < 2 or list(values) != sorted(set(values)):
            raise ValueError(f"values {list(values)} must grow: sort them, each once")
        # First value that belongs to each class but the first.
        self.bounds = [-(-(a + b) // 2) for a, b in pairwise(values)]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Rewrite ``gt_mask``, where there is one."""
        if "gt_mask" in results:
            results["gt_mask"] = np.digitize(results["gt_mask"], self.bounds).astype(np.uint8)
        return results
