"""Channel statistics of the images of both dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmrsicc.utils.counts import counted

#: Channel statistics of ImageNet, RGB, for images in 0..255.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)


class PairNormalizer(nn.Module):
    """Normalises the images of each date to zero mean and unit variance per band.

    Args:
        before: ``mean`` and ``std`` per band of the first date, in the units of the images;
            ImageNet's if None.
        after: The same of the second date; None: as the first.

    Raises:
        ValueError: If means and deviations differ in number, or a deviation is not positive.
    """

    before_mean: Tensor
    before_std: Tensor
    after_mean: Tensor
    after_std: Tensor

    def __init__(
        self,
        before: Mapping[str, Sequence[float]] | None = None,
        after: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        before = before or {"mean": IMAGENET_MEAN, "std": IMAGENET_STD}
        for date, statistics in (("before", before), ("after", after or before)):
            mean, std = list(statistics["mean"]), list(statistics["std"])
            if len(mean) != len(std) or not mean or min(std) <= 0:
                raise ValueError(
                    f"statistics of {date}: give one mean and one positive std per band, got "
                    f"mean={mean} and std={std}"
                )
            for name, values in (("mean", mean), ("std", std)):
                tensor = torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)
                self.register_buffer(f"{date}_{name}", tensor, persistent=False)

    @property
    def bands(self) -> tuple[int, int]:
        """Number of bands of each date."""
        return len(self.before_mean), len(self.after_mean)

    @property
    def fill(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean of each band of each date: the value that padding becomes zero with."""
        means = (self.before_mean, self.after_mean)
        first, second = (tuple(mean.flatten().tolist()) for mean in means)
        return first, second

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """Takes (B, C_t, H, W) raw images of each date, returns them normalised, float.

        Raises:
            ValueError: If an image has another number of bands.
        """
        first = _normalise(before, self.before_mean, self.before_std, "before")
        return first, _normalise(after, self.after_mean, self.after_std, "after")


def _normalise(images: Tensor, mean: Tensor, std: Tensor, date: str) -> Tensor:
    if images.shape[-3] != len(mean):
        raise ValueError(
            f"the images of {date} have {counted(images.shape[-3], 'band')}, but the statistics of "
            f"{len(mean)}: give a mean and a std for each band"
        )
    return (images.float() - mean) / std
