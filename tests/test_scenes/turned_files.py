"""The same ground, stored with rows and columns that lead elsewhere."""

import numpy as np
from rasterio.transform import Affine

#: What is done to an array (bands, H, W), and from pixels of the result to pixels of the array.
TURNS = {
    "south-up": (lambda v: v[:, ::-1], lambda w, h: Affine(1, 0, 0, 0, -1, h)),
    "mirrored": (lambda v: v[:, :, ::-1], lambda w, h: Affine(-1, 0, w, 0, 1, 0)),
    "90 degrees": (lambda v: np.rot90(v, 1, (1, 2)), lambda w, h: Affine(0, -1, w, 1, 0, 0)),
    "180 degrees": (lambda v: np.rot90(v, 2, (1, 2)), lambda w, h: Affine(-1, 0, w, 0, -1, h)),
    "270 degrees": (lambda v: np.rot90(v, 3, (1, 2)), lambda w, h: Affine(0, 1, 0, -1, 0, h)),
    "transposed": (lambda v: v.transpose(0, 2, 1), lambda w, h: Affine(0, 1, 0, 1, 0, 0)),
}


def turned(values: np.ndarray, place: Affine, how: str) -> tuple[np.ndarray, Affine]:
    """Values and transform of the same pixels at the same place, stored otherwise."""
    array, pixels = TURNS[how]
    return np.ascontiguousarray(array(values)), place @ pixels(values.shape[2], values.shape[1])
