"""Reconstruction error of an auto-encoder for the difference of two dates (Kerner et al. 2019)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.cva import standardized
from mmrsicc.change_maps.seeding import seeded_training
from mmrsicc.utils.device import usable_device


class Novelty(ChangeMap):
    """Reconstruction error of an auto-encoder that learned the pair's usual difference.

    After "Toward Generalized Change Detection on Planetary Surfaces With Convolutional Autoencoders
    and Transfer Learning" (Kerner et al., JSTARS 2019). The auto-encoder is narrow and learns crops
    of the difference of both dates, each standardised; as most of it is no change, what is redrawn
    badly is. The paper trains on many pairs and answers yes or no for a patch; here it learns from
    the pair itself, and the mean score of a patch is the paper's. Its classifiers on the code, and
    Inception's features in place of it, are left out.

    Args:
        code: Channels of the code, at a quarter of the size.
        steps: Training steps.
        crop: Side of the crops; whole images where they are smaller.
        window: Side of the neighbourhood that errors are averaged over.
        seed: Of weights and crops.
        device: Where it is trained; a GPU if there is one, else the CPU.
    """

    def __init__(
        self,
        code: int = 4,
        steps: int = 200,
        crop: int = 32,
        window: int = 5,
        seed: int = 0,
        device: str | None = None,
    ) -> None:
        self.code = code
        self.steps = steps
        self.crop = crop
        self.window = window
        self.seed = seed
        self.device = usable_device(device)

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Errors around each pixel, by an auto-encoder trained on this pair."""
        first, second = (standardized(date, valid) for date in (before, after))
        difference = np.where(valid[..., None], second - first, 0).astype(np.float32)
        image = torch.from_numpy(difference).permute(2, 0, 1)[None].to(self.device)
        height, width = image.shape[-2:]
        # A quarter of the size must be whole.
        image = F.pad(image, (0, -width % 4, 0, -height % 4))
        with seeded_training(self.seed, self.device):
            network = self._trained(image)
        with torch.no_grad():
            errors = (network(image) - image).square().mean(1, keepdim=True)
        around = F.avg_pool2d(errors, self.window, 1, self.window // 2, count_include_pad=False)
        return around[0, 0, :height, :width].sqrt().cpu().numpy()

    def _trained(self, image: Tensor) -> nn.Module:
        network = _autoencoder(image.shape[1], self.code).to(self.device)
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
        sides = [min(self.crop, side) // 4 * 4 for side in image.shape[-2:]]
        for _ in range(self.steps):
            starts = torch.stack(
                [
                    torch.randint(n - s + 1, (8,))
                    for n, s in zip(image.shape[-2:], sides, strict=True)
                ]
            )
            crops = torch.cat(
                [image[..., y : y + sides[0], x : x + sides[1]] for y, x in starts.T.tolist()]
            )
            loss = (network(crops) - crops).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return network


def _autoencoder(bands: int, code: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(bands, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, code, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(code, 16, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(16, bands, 4, stride=2, padding=1),
    )
