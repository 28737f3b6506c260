"""CDFormer of Ding et al. (2022): a transformer over the spectra of a pixel's neighbourhood."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.change_detectors.mask_samples import labelled_pixels
from mmrsicc.models.layers.transformer import sinusoidal_positions
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeDataSample, ChangeFeatures

#: Pixels that go through the transformer at once.
CHUNK = 1024


@MODELS.register_module()
class CDFormer(ChangeDetector):
    """CDFormer for hyperspectral pairs: the 49 spectra around a pixel, of both dates, as tokens.

    "CDFormer: A Hyperspectral Image Change Detection Method Based on Transformer Encoders", GRSL
    2022. Each pixel's spectrum becomes a token; those of the first date, a separator and those of
    the second, with their places and dates, go through a transformer encoder; the mean token is
    classified for the pixel in the middle. A mask of an image is one forward per pixel, in chunks;
    spectra are projected once.

    What differs from the authors' code: the date's embedding is learned and stored (theirs is drawn
    again at every start and in no checkpoint), bands are normalised by ``statistics`` (theirs by
    the range of the pair), and neighbourhoods at the border are mirrored.

    Args:
        source_dataset: See :class:`ChangeDetector`.
        patch_size: Odd side of the neighbourhood.
        dims: Channels of a token.
        depth: Layers.
        num_heads: Attention heads.
        feedforward: Channels within a layer's feed-forward part.
        **kwargs: See :class:`ChangeDetector`; its losses are the cross-entropy alone unless given.
    """

    def __init__(
        self,
        source_dataset: str | None,
        patch_size: int = 7,
        dims: int = 128,
        depth: int = 4,
        num_heads: int = 2,
        feedforward: int = 256,
        **kwargs: Any,
    ) -> None:
        # No layer has a stride, and the border is mirrored, not padded.
        options = {"losses": [{"type": "BCELoss"}], "size_divisor": 1, **kwargs}
        super().__init__(source_dataset, **options)
        self.patch_size = patch_size
        self.embed = nn.Conv2d(self.bands, dims, 1)
        self.dates = nn.Parameter(torch.randn(2, dims) / math.sqrt(dims))
        positions = sinusoidal_positions(patch_size**2, dims) / math.sqrt(dims)
        self.register_buffer("positions", positions, persistent=False)
        self.positions: Tensor
        layer = nn.TransformerEncoderLayer(dims, num_heads, feedforward, 0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.classify = nn.Sequential(nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, 2))

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Projected spectra (B, dims, H, W) of both dates, their difference, and logits."""
        maps = self.embed(before), self.embed(after)
        size = before.shape[-2:]
        pixels = torch.cartesian_prod(*(torch.arange(n) for n in (len(before), *size)))
        logits = self._logits_at(maps, pixels).view(len(before), *size, 2).permute(0, 3, 1, 2)
        return ChangeFeatures((maps[0],), (maps[1],), (maps[1] - maps[0],), logits)

    def pair_losses(
        self, before: Tensor, after: Tensor, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Losses of the labelled pixels, which alone are classified: often 3 % of an image."""
        pixels, classes = labelled_pixels(samples, before.shape[-2:])
        logits = self._logits_at((self.embed(before), self.embed(after)), pixels)
        # As an image of one row: losses are of all pixels of a batch.
        features = ChangeFeatures((), (), None, logits.T[None, :, None])
        return self._mask_losses(features, classes[None, None].to(logits.device))

    def _logits_at(self, maps: tuple[Tensor, Tensor], pixels: Tensor) -> Tensor:
        """Logits (N, 2) of N pixels, (N, 3) by image, row and column, of both dates' spectra."""
        padded = [_mirrored(m, self.patch_size // 2) for m in maps]
        # (B, H, W, p, p, dims) views, of which only a chunk of pixels is ever copied.
        views = [
            p.unfold(2, self.patch_size, 1).unfold(3, self.patch_size, 1).permute(0, 2, 3, 4, 5, 1)
            for p in padded
        ]
        return torch.cat(
            [
                self._classified([v[tuple(chunk.T)].flatten(1, 2) for v in views])
                for chunk in pixels.split(CHUNK)
            ]
        )

    def _classified(self, tokens: list[Tensor]) -> Tensor:
        """Logits (N, 2) of N pixels from the (N, p * p, dims) spectra around them at each date."""
        first, second = (
            t + self.positions + date for t, date in zip(tokens, self.dates, strict=True)
        )
        # The separator is a zero token of the first date.
        separator = self.dates[0].expand(len(first), 1, -1)
        encoded = self.encoder(torch.cat([first, separator, second], dim=1))
        return self.classify(encoded.mean(1))


def _mirrored(maps: Tensor, around: int) -> Tensor:
    """Maps with mirrored borders, by indices: F.pad's gradient is not deterministic on a GPU."""
    for axis in (2, 3):
        last = maps.shape[axis] - 1
        places = torch.arange(-around, last + 1 + around, device=maps.device).abs()
        maps = maps.index_select(axis, last - (last - places).abs())
    return maps
