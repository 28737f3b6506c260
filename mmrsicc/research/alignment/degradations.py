"""Degradations of a pair with known severities, as by other sensors, seasons and files.

Each function takes a pair (2, 3, H, W) uint8 and a severity, and returns such a pair. The first
severity of each row of :data:`DEGRADATIONS` changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import equalize


def coarser(pair: Tensor, factor: float) -> Tensor:
    """Both dates at a pixel size so many times as large, brought back to their size."""
    if factor == 1:
        return pair
    height, width = pair.shape[-2:]
    size = (max(round(height / factor), 1), max(round(width / factor), 1))
    small = F.interpolate(pair.float(), size, mode="area")
    return _bytes(F.interpolate(small, (height, width), mode="bilinear", align_corners=False))


def brighter_after(pair: Tensor, gain: float) -> Tensor:
    """The second date under another light than the first."""
    return torch.stack([pair[0], _bytes(pair[1].float() * gain)])


def other_gamma(pair: Tensor, gamma: float) -> Tensor:
    """Both dates with another tone curve."""
    return _bytes(255 * (pair.float() / 255) ** gamma)


def equalised(pair: Tensor, share: float) -> Tensor:
    """Both dates drawn towards flat histograms, channel by channel; 1 is all the way."""
    return _bytes((1 - share) * pair.float() + share * equalize(pair).float())


def misregistered(pair: Tensor, pixels: float) -> Tensor:
    """The second date moved to the right; its left edge is repeated."""
    shift = int(pixels)
    moved = F.pad(pair[1].float(), (shift, 0, 0, 0), mode="replicate")[..., : pair.shape[-1]]
    return torch.stack([pair[0], moved.to(torch.uint8)])


def compressed(pair: Tensor, quality: float) -> Tensor:
    """Both dates as JPEG files of a quality; 100 leaves them as they are."""
    if quality >= 100:
        return pair
    return torch.stack([_through_jpeg(date, int(quality)) for date in pair])


def _through_jpeg(image: Tensor, quality: int) -> Tensor:
    buffer = BytesIO()
    pixels = Image.fromarray(image.permute(1, 2, 0).numpy())
    pixels.save(buffer, format="JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(buffer))).permute(2, 0, 1)


#: Degradations by name: function, severities, and the unit of the severity.
DEGRADATIONS: dict[str, tuple[Callable[[Tensor, float], Tensor], tuple[float, ...], str]] = {
    "resolution": (coarser, (1, 2, 4, 8), "times the pixel size"),
    "light": (brighter_after, (1, 1.15, 1.3, 1.5), "gain of the second date"),
    "tone": (other_gamma, (1, 0.8, 0.6, 0.4), "gamma of both dates"),
    "histogram": (equalised, (0, 0.25, 0.5, 1), "share of equalisation"),
    "misregistration": (misregistered, (0, 1, 2, 4, 8), "pixels"),
    "JPEG": (compressed, (100, 75, 50, 25, 10), "quality"),
}


def _bytes(values: Tensor) -> Tensor:
    return values.round().clamp(0, 255).to(torch.uint8)
