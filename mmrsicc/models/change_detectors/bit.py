"""BIT, the bitemporal image transformer of Chen et al. (2021)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.change_detectors.change_detector import ChangeDetector
from mmrsicc.models.layers import encode_dates, output_channels
from mmrsicc.models.layers.convolution import resize
from mmrsicc.models.layers.transformer import TokenLayer
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures


@MODELS.register_module()
class BIT(ChangeDetector):
    """Both dates become a few tokens each, which are related and read back into the maps.

    "Remote Sensing Image Change Detection with Transformers", TGRS 2021. The last map of each date
    is pooled into semantic tokens by learned spatial attention; an encoder relates the tokens of
    both dates; each date's places then attend to its own tokens; the absolute difference is
    classified. With the published backbone, three stages of ResNet-18 at strides 4, 8 and 8, it has
    3.5 M parameters.

    Args:
        backbone: Config of a backbone whose last map has half the resolution that the tokens are
            read back at (stride 8).
        source_dataset: See :class:`ChangeDetector`.
        num_tokens: Tokens of each date.
        depth: Decoder layers, through which places attend to tokens.
        dims: Channels of tokens and places.
        num_heads: Attention heads.
        head_dim: Channels of each head.
        **kwargs: See :class:`ChangeDetector`.
    """

    def __init__(
        self,
        backbone: dict,
        source_dataset: str | None,
        num_tokens: int = 4,
        depth: int = 8,
        dims: int = 32,
        num_heads: int = 8,
        head_dim: int = 64,
        **kwargs: Any,
    ) -> None:
        super().__init__(source_dataset, **kwargs)
        self.backbone = MODELS.build(backbone)
        self.project = nn.Conv2d(output_channels(self.backbone, self.bands)[-1], dims, 3, padding=1)
        self.tokenize = nn.Conv2d(dims, num_tokens, 1, bias=False)
        self.position = nn.Parameter(torch.randn(1, 2 * num_tokens, dims))
        self.encoder = TokenLayer(dims, num_heads, head_dim)
        self.decoder = nn.ModuleList(TokenLayer(dims, num_heads, head_dim) for _ in range(depth))
        self.classify = nn.Sequential(
            nn.Conv2d(dims, dims, 3, padding=1, bias=False),
            nn.BatchNorm2d(dims),
            nn.ReLU(inplace=True),
            nn.Conv2d(dims, 2, 3, padding=1),
        )

    def detect(self, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Maps of each date, the decoder's first and then the backbone's, and their differences."""
        firsts, seconds = encode_dates(self.backbone, before, after)
        maps = [
            self.project(F.interpolate(date[-1], scale_factor=2.0)) for date in (firsts, seconds)
        ]
        tokens = torch.cat([self._tokens(m) for m in maps], dim=1) + self.position
        related = self.encoder(tokens, tokens).chunk(2, dim=1)
        first, second = (self._read_back(m, t) for m, t in zip(maps, related, strict=True))
        firsts, seconds = (first, *firsts), (second, *seconds)
        differences = tuple((b - a).abs() for a, b in zip(firsts, seconds, strict=True))
        logits = self.classify(resize(differences[0], before.shape[-2:]))
        return ChangeFeatures(firsts, seconds, differences, logits)

    def _tokens(self, maps: Tensor) -> Tensor:
        """(B, T, D): means over places (B, D, H, W), each weighted by its own attention."""
        attention = self.tokenize(maps).flatten(2).softmax(dim=2)
        return attention @ maps.flatten(2).transpose(1, 2)

    def _read_back(self, maps: Tensor, tokens: Tensor) -> Tensor:
        """Places (B, D, H, W) that have attended to their date's tokens (B, T, D)."""
        places = maps.flatten(2).transpose(1, 2)
        for layer in self.decoder:
            places = layer(places, tokens)
        return places.transpose(1, 2).unflatten(2, maps.shape[-2:])
