"""Pairs that are given as arrays."""

import numpy as np


def check_pair_arrays(before: np.ndarray, after: np.ndarray, any_bands: bool = False) -> None:
    """Checks that two arrays are (H, W, 3) uint8 RGB images of one size.

    Args:
        before: Of the first date.
        after: Of the second date.
        any_bands: Images (H, W, C_t) of any number of bands per date and any real type instead.

    Raises:
        ValueError: Says which is not, and what it is.
    """
    for name, array in (("before", before), ("after", after)):
        if any_bands:
            if array.ndim != 3 or array.dtype.kind not in "uif" or not array.size:
                raise ValueError(
                    f"{name} is {array.shape} {array.dtype}: give (H, W, bands) of real numbers"
                )
        elif array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or not array.size:
            raise ValueError(
                f"{name} is {array.shape} {array.dtype}: give (H, W, 3) uint8 RGB, or the path of "
                "the file where a model takes one"
            )
    if before.shape[:2] != after.shape[:2]:
        raise ValueError(
            f"sizes differ: before is {before.shape[1]} x {before.shape[0]}, after "
            f"{after.shape[1]} x {after.shape[0]} pixels. Co-register the pair"
        )
