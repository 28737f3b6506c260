"""Collation of samples to batches, in the workers of a data loader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch.utils.data import default_collate


@FUNCTIONS.register_module()
def stack_pairs(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Stacks the images of each date where all have one size, in memory that the processes share.

    So the training process gets two tensors, which it can copy to a GPU while it computes.

    Args:
        samples: Of a data set: ``inputs``, images (C, H, W) of both dates, and ``data_samples``.

    Returns:
        ``inputs``, (B, C, H, W) of each date, or lists of images where sizes differ, and
        ``data_samples``, a list.
    """
    dates = list(zip(*(sample["inputs"] for sample in samples), strict=True))
    if any(len({image.shape for image in images}) > 1 for images in dates):
        return pseudo_collate(samples)
    return {
        "inputs": [default_collate(list(images)) for images in dates],
        "data_samples": [sample["data_samples"] for sample in samples],
    }
