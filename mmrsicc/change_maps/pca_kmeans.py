"""PCA and k-means on blocks of the difference image."""

from __future__ import annotations

import numpy as np

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.cva import change_magnitude
from mmrsicc.change_maps.thresholds import otsu
from mmrsicc.utils.extras import import_extra


class PCAKMeans(ChangeMap):
    """Two clusters of the principal components of each pixel's neighbourhood (Celik 2009).

    The components are those of the blocks that the difference image is cut into. Each pixel's own
    block is projected onto the first of them, and the pixels are parted by 2-means; changed is the
    cluster of larger differences. A score is the place between both centres, 0 at that of the
    unchanged pixels and 1 at that of the changed ones, so that more than 0.5 is the paper's mask.

    k-means starts from the pixels below and above Otsu's threshold, not from random ones: the same
    images give the same mask.

    Args:
        block_size: Edge of a block in pixels.
        components: Principal components, those of the largest eigenvalues.

    Raises:
        ValueError: There are no so many components.
    """

    threshold = 0.5

    def __init__(self, block_size: int = 4, components: int = 3) -> None:
        if not 1 <= components <= block_size**2:
            raise ValueError(
                f"components {components}: a block of {block_size} x {block_size} pixels has 1 to "
                f"{block_size**2}"
            )
        self.block_size = block_size
        self.components = components

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Places between the centres of both clusters; 0 if there is but one."""
        difference = change_magnitude(before, after)
        features = self.features(difference, valid)
        values = difference[valid]
        large = values > otsu(values)
        if not large.any():
            return np.zeros(valid.shape)
        points = features[valid]
        # Normalised, so that the stopping rule of k-means does not depend on the unit.
        unit = points.std() or 1.0
        centres, _ = import_extra("scipy.cluster.vq").kmeans(
            points / unit, np.stack([points[~large].mean(0), points[large].mean(0)]) / unit
        )
        if len(centres) < 2:
            return np.zeros(valid.shape)
        place = _between(features / unit, *centres)
        changed = place[valid] > 0.5
        return 1 - place if values[changed].mean() < values[~changed].mean() else place

    def features(self, difference: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Components (H, W, S) of each pixel's block of a difference image (H, W).

        At the edges the image is mirrored. In a block of even size the pixel is the one right of
        and below the middle.
        """
        size = self.block_size
        blocks = _blocks(difference, size)
        whole = _blocks(valid, size).all(axis=1)
        blocks = blocks[whole] if whole.any() else blocks
        mean = blocks.mean(axis=0)
        # Eigenvalues ascend: the last vectors are the first components.
        _, vectors = np.linalg.eigh((blocks - mean).T @ (blocks - mean) / len(blocks))
        chosen = vectors[:, ::-1][:, : self.components]
        correlate = import_extra("scipy.ndimage").correlate
        projected = [correlate(difference, v.reshape(size, size), mode="reflect") for v in chosen.T]
        return np.stack(projected, axis=-1) - mean @ chosen


def _blocks(image: np.ndarray, size: int) -> np.ndarray:
    """Blocks (N, size * size) that an image (H, W) is cut into; what is left over is mirrored."""
    height, width = image.shape
    image = np.pad(image, ((0, -height % size), (0, -width % size)), mode="symmetric")
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return image.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(rows * columns, -1)


def _between(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Places of points along the way from one centre (0) to the other (1)."""
    way = end - start
    return (points - start) @ way / (way @ way)
