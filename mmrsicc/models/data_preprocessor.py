"""Batches of pairs on the model's device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmrsicc.registry import MODELS


@MODELS.register_module()
class PairDataPreprocessor(BaseDataPreprocessor):
    """Batches the images of each date and moves them to the device, as they are.

    Models normalise the images themselves (:class:`PairNormalizer`). Images of different sizes are
    padded at the right and bottom. Samples stay where they are: a loss moves what it reads.

    Args:
        fill: Value of each band in the padding, per date; the model gives its means.
        size_divisor: Height and width of the batch are made multiples of it.
    """

    def __init__(
        self, fill: Sequence[Sequence[float]] | None = None, size_divisor: int = 1
    ) -> None:
        super().__init__(non_blocking=True)
        self.fill = fill
        self.size_divisor = size_divisor

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Takes ``inputs``, the images of before and of after, and ``data_samples``.

        The images of a date are a tensor (B, C, H, W), or a list of B tensors (C, H, W).

        Returns:
            ``inputs``, a tuple of before (B, C_1, H, W) and after (B, C_2, H, W), and
            ``data_samples``.

        Raises:
            ValueError: If the inputs are no images of two dates of equal sizes.
        """
        dates = [list(images) for images in data["inputs"]]
        planar = all(image.dim() == 3 for images in dates for image in images)
        if len(dates) != 2 or not planar or not dates[0] or len(dates[0]) != len(dates[1]):
            raise ValueError(
                "inputs must be the images (C, H, W) of before and of after, one of each per "
                "pair: end the pipeline with PackChangeInputs"
            )
        for before, after in zip(*dates, strict=True):
            if before.shape[1:] != after.shape[1:]:
                raise ValueError(
                    f"a pair has images of {tuple(before.shape)} and {tuple(after.shape)}: both "
                    "dates need the same height and width, set ResizePair in the pipeline"
                )
        height, width = (self._multiple(max(x.shape[axis] for x in dates[0])) for axis in (1, 2))
        batched = tuple(self._batch(k, data["inputs"][k], (height, width)) for k in (0, 1))
        return {"inputs": batched, "data_samples": data.get("data_samples")}

    def _batch(self, date: int, images: Tensor | Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """(B, C, H, W) of ``size`` on the device."""
        if isinstance(images, Tensor) and images.shape[-2:] == torch.Size(size):
            return images.to(self.device, non_blocking=True)
        if all(image.shape[1:] == torch.Size(size) for image in images):
            return torch.stack(list(images)).to(self.device, non_blocking=True)
        batch = torch.zeros(len(images), images[0].shape[0], *size)
        if self.fill is not None:
            batch += torch.tensor(self.fill[date]).view(-1, 1, 1)
        for row, image in zip(batch, images, strict=True):
            row[:, : image.shape[1], : image.shape[2]] = image
        return batch.to(self.device, non_blocking=True)

    def _multiple(self, size: int) -> int:
        return -(-size // self.size_divisor) * self.size_divisor
