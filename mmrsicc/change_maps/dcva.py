"""Deep change vector analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.registry import MODELS
from mmrsicc.utils.device import usable_device

#: Percentiles of both dates together that become 0 and 255 where values are not of 8 bits.
_PERCENTILES = (1.0, 99.0)


class DCVA(ChangeMap):
    """Deep change vector analysis (Saha et al. 2019): features of a trained backbone for bands.

    Of each scale those channels are kept whose difference varies most in one of four quarters of
    the image. They are standardised for each date by itself, enlarged and put together; a score is
    the length of their difference. Different from the authors' code: features are not clipped, and
    the backbone is any of the registry, where theirs was trained on aerial images.

    Args:
        backbone: Config of a backbone that returns maps. None: the first three scales of
            EfficientNet-Lite0 with its ImageNet weights, from a package (``mmrsicc[weights]``).
            For other than three bands it is built with their number as ``in_channels``.
        mean: What is taken from images of 0 to 255, as the backbone wants it.
        std: What they are then divided by.
        keep: Share of channels kept in each quarter, one at least.
        device: Where the backbone runs; a GPU if there is one, else the CPU.

    Raises:
        ValueError: ``keep`` is no share.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any] | None = None,
        mean: float | Sequence[float] = 127.0,
        std: float | Sequence[float] = 128.0,
        keep: float = 0.1,
        device: str | None = None,
    ) -> None:
        if not 0 < keep <= 1:
            raise ValueError(f"keep {keep}: give a share of channels, such as 0.1")
        self.backbone = backbone or {
            "type": "EfficientNetLite",
            "out_indices": (0, 1, 2),
            "pretrained": True,
        }
        self.mean = np.array(mean, np.float32)
        self.std = np.array(std, np.float32)
        self.keep = keep
        self.device = usable_device(device)
        self._networks: dict[int, nn.Module] = {}

    @torch.no_grad()
    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Lengths of the differences of deep features."""
        dates = np.stack(_to_8_bits(before, after, valid)).astype(np.float32)
        images = torch.from_numpy((dates - self.mean) / self.std)
        network = self._network(images.shape[-1])
        squares = torch.zeros(valid.shape, device=self.device)
        for maps in network(images.permute(0, 3, 1, 2).to(self.device)):
            maps = maps[:, self.chosen_channels(maps[1] - maps[0])].double()
            # A constant channel carries no information.
            maps = (maps - maps.mean((2, 3), keepdim=True)) / _deviation(maps)
            change = F.interpolate((maps[1:] - maps[:1]).float(), valid.shape, mode="bilinear")
            squares += change[0].square().sum(0)
        return squares.sqrt().cpu().numpy()

    def chosen_channels(self, difference: Tensor) -> Tensor:
        """Numbers of the channels of a difference (C, h, w) that vary most, rising."""
        count = max(1, int(self.keep * len(difference)))
        quarters = [q for half in difference.chunk(2, dim=1) for q in half.chunk(2, dim=2)]
        most = [q.flatten(1).std(1, correction=0).topk(count).indices for q in quarters]
        return torch.cat(most).unique()

    def _network(self, bands: int) -> nn.Module:
        """The backbone for so many bands."""
        if bands not in self._networks:
            config = dict(self.backbone) if bands == 3 else {**self.backbone, "in_channels": bands}
            network = MODELS.build(config)
            network.init_weights()
            self._networks[bands] = network.to(self.device).eval()
        return self._networks[bands]


def _deviation(maps: Tensor) -> Tensor:
    """Standard deviations (B, C, 1, 1); infinite where a channel is constant."""
    deviation = maps.std((2, 3), correction=0, keepdim=True)
    return deviation.masked_fill(
        deviation <= 1e-6 * maps.abs().amax((2, 3), keepdim=True), torch.inf
    )


def _to_8_bits(
    before: np.ndarray, after: np.ndarray, valid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Images from 0 to 255: 8-bit ones as they are, others by one range per band of both dates."""
    if before.dtype == after.dtype == np.uint8:
        return before, after
    low, high = np.percentile(np.concatenate([before[valid], after[valid]]), _PERCENTILES, axis=0)
    span = np.where(high > low, high - low, 1)
    first, second = (np.clip((date - low) / span, 0, 1) * 255 for date in (before, after))
    return first, second
