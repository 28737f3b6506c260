"""Tiles whose fingerprints are alike."""

from __future__ import annotations

import numpy as np

from mmrsicc.research.leakage.fingerprints import BITS, MOST_DIFFERENT

#: Tiles per block: bounds the memory to 32 MB of distances at a time.
_ROWS, _COLUMNS = 4096, 2048


def propose(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of tiles that differ in at most a fifth of their bits, in any variant of the target.

    Of signs, the product of two fingerprints is the number of equal bits less that of different
    ones; an unknown bit counts as half a different one. So the Hamming distances of a block of
    tiles are one matrix product.

    Args:
        source: (S, BITS) int8.
        target: (T, V, BITS) int8.

    Returns:
        (P, 2) indices of source and target tile, sorted by target, and (P,) how many bits differ at
        the least.
    """
    found: dict[tuple[int, int], float] = {}
    least = BITS * (1 - 2 * MOST_DIFFERENT)
    for first in range(0, len(source), _ROWS):
        rows = source[first : first + _ROWS].astype(np.float32)
        for start in range(0, len(target), _COLUMNS):
            block = target[start : start + _COLUMNS]
            for variant in range(block.shape[1]):
                alike = rows @ block[:, variant].astype(np.float32).T
                for i, j in np.argwhere(alike >= least):
                    pair = (int(start + j), int(first + i))
                    distance = float(BITS - alike[i, j]) / 2
                    found[pair] = min(distance, found.get(pair, BITS))
    pairs = sorted(found)
    indices = np.array([(i, j) for j, i in pairs], dtype=np.int64).reshape(-1, 2)
    return indices, np.array([found[pair] for pair in pairs])
