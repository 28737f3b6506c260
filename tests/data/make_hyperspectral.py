"""Fabricate a hyperspectral pair as MATLAB files of the old format, as such pairs are published."""

from pathlib import Path

import numpy as np

#: Spectra of two grounds in six bands.
GROUNDS = np.array([[300, 600, 900, 2500, 3000, 1700], [900, 1200, 1900, 2100, 2400, 3000]], float)
#: Where the ground changes.
CHANGED = np.s_[4:14, 6:16]


def make_hyperspectral(folder: Path, height: int = 24, width: int = 20) -> dict[str, np.ndarray]:
    """Writes before.mat, after.mat and labels.mat, one variable each; returns their arrays.

    As in Bay Area and Santa Barbara all are called HypeRvieW, and labels are 0 (unknown),
    1 (changed) and 2 (unchanged).
    """
    from scipy.io import savemat

    random = np.random.default_rng(0)
    first = np.zeros((height, width), int)
    second = first.copy()
    second[CHANGED] = 1
    labels = np.where(second != first, 1, 2).astype(np.uint8)
    labels[random.random(labels.shape) < 0.3] = 0
    arrays = {"labels": labels}
    for name, ground in (("before", first), ("after", second)):
        values = GROUNDS[ground] + random.normal(0, 60, (height, width, 6))
        arrays[name] = np.rint(values)
    for name, array in arrays.items():
        savemat(folder / f"{name}.mat", {"HypeRvieW": array}, do_compression=name != "before")
    return arrays
