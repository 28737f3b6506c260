"""From uint8 pairs of a data loader to one normalised batch on the device."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmrsicc.registry import MODELS

#: Channel statistics of ImageNet, RGB, for images in 0..255.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


@MODELS.register_module()
class PairDataPreprocessor(BaseDataPreprocessor):
    """Normalises and batches pairs; both dates get the same treatment.

    Pairs of different sizes are padded at the right and bottom with the mean colour.

    Args:
        mean: RGB mean in 0..255.
        std: RGB standard deviation in 0..255.
        size_divisor: Height and width of the batch are made multiples of it.
    """

    def __init__(
        self,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        size_divisor: int = 1,
    ) -> None:
        super().__init__()
        self.size_divisor = size_divisor
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Takes ``inputs``, B tensors (2, 3, H, W) uint8 RGB; returns them as (B, 2, 3, H, W).

        Raises:
            ValueError: If an input is not (2, 3, H, W).
        """
        data = self.cast_data(data)
        pairs = list(data["inputs"])
        for pair in pairs:
            if pair.dim() != 4 or pair.shape[:2] != (2, 3):
                raise ValueError(
                    f"a pair must be (2, 3, H, W), got {tuple(pair.shape)}: end the pipeline with "
                    "PackChangeInputs"
                )
        height, width = (self._multiple(max(p.shape[axis] for p in pairs)) for axis in (2, 3))
        batch = torch.stack(
            [
                F.pad(self.normalise(p), (0, width - p.shape[3], 0, height - p.shape[2]))
                for p in pairs
            ]
        )
        return {"inputs": batch, "data_samples": data.get("data_samples")}

    def normalise(self, images: Tensor) -> Tensor:
        """Images (..., 3, H, W) in 0..255 to zero mean and unit variance."""
        return (images.float() - self.mean) / self.std

    def denormalise(self, images: Tensor) -> Tensor:
        """The inverse of :meth:`normalise`: float images in 0..255."""
        return images * self.std + self.mean

    def _multiple(self, size: int) -> int:
        return -(-size // self.size_divisor) * self.size_divisor
