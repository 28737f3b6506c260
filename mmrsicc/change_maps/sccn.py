"""The symmetric convolutional coupling network of Liu et al. (2016), for dates of two sensors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from mmrsicc.change_maps.change_map import ChangeMap
from mmrsicc.change_maps.pixel_features import scaled
from mmrsicc.change_maps.seeding import seeded_training
from mmrsicc.utils.device import usable_device


class SCCN(ChangeMap):
    """Codes of both dates, of which one sensor's learn to equal the other's where nothing changed.

    "A Deep Convolutional Coupling Network for Change Detection Based on Heterogeneous Optical and
    Radar Images" (TNNLS 2018). Each date has an encoder of a 3x3 and three 1x1 convolutions of 20
    channels and is first coded for itself, as a denoising auto-encoder. Then the first date's
    encoder alone moves, to lessen the mean of ``P d^2 - share P``: d is the distance of the codes,
    P how likely a pixel is unchanged, which is found again in each step. A score is d.

    What the paper has and this has not: P by gradient (here it has a closed form, the sigmoid of
    (share - d^2) / (share / 4)), a learning rate of 0.001, which takes many more steps, and a
    conditional random field behind the map.

    Args:
        channels: Channels of the codes.
        share: Weight of the unchanged: the squared distance from which a pixel counts as changed.
        coding_steps: Steps of the auto-encoders.
        coupling_steps: Steps that couple the codes.
        learning_rate: Adam's, of both.
        seed: Of weights and noise.
        device: Where it is trained; a GPU if there is one, else the CPU.
    """

    same_bands = False

    def __init__(
        self,
        channels: int = 20,
        share: float = 0.2,
        coding_steps: int = 250,
        coupling_steps: int = 500,
        learning_rate: float = 1e-2,
        seed: int = 0,
        device: str | None = None,
    ) -> None:
        self.channels = channels
        self.share = share
        self.steps = (coding_steps, coupling_steps)
        self.learning_rate = learning_rate
        self.seed = seed
        self.device = usable_device(device)

    def score(self, before: np.ndarray, after: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Distances of the codes, trained on this pair."""
        with seeded_training(self.seed, self.device):
            known = torch.from_numpy(valid).to(self.device)
            dates = [self._image(date, valid) for date in (before, after)]
            encoders = [self._coded(image, known) for image in dates]
            return self._coupled(encoders, dates, known).cpu().numpy()

    def _image(self, date: np.ndarray, valid: np.ndarray) -> Tensor:
        """(1, C, H, W) from -1 to 1."""
        image = torch.from_numpy(2 * scaled(date, valid) - 1)
        return image.permute(2, 0, 1)[None].to(self.device)

    def _coded(self, image: Tensor, known: Tensor) -> nn.Module:
        """A date's encoder, trained to undo noise together with a decoder."""
        encoder = _encoder(image.shape[1], self.channels).to(self.device)
        decode = nn.Sequential(nn.Conv2d(self.channels, image.shape[1], 1), nn.Tanh())
        decode.to(self.device)
        optimizer = torch.optim.Adam(
            [*encoder.parameters(), *decode.parameters()], lr=self.learning_rate
        )
        for _ in range(self.steps[0]):
            noisy = image + 0.05 * torch.randn_like(image)
            loss = (decode(encoder(noisy)) - image).square()[..., known].mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return encoder

    def _coupled(self, encoders: list[nn.Module], dates: list[Tensor], known: Tensor) -> Tensor:
        """Distances (H, W) once the first encoder has come near to the second's codes."""
        moving, fixed = encoders
        with torch.no_grad():
            aim = fixed(dates[1])
        optimizer = torch.optim.Adam(moving.parameters(), lr=self.learning_rate)
        for _ in range(self.steps[1]):
            squares = (moving(dates[0]) - aim).square().sum(1)[0]
            unchanged = ((self.share - squares.detach()) / (self.share / 4)).sigmoid()
            loss = (unchanged * squares - self.share * unchanged)[known].mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            return (moving(dates[0]) - aim).square().sum(1)[0].sqrt()


def _encoder(bands: int, channels: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(bands, channels, 3, padding=1), nn.Sigmoid()]
    for _ in range(3):
        layers += [nn.Conv2d(channels, channels, 1), nn.Sigmoid()]
    return nn.Sequential(*layers)
