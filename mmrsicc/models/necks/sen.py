"""SEN: what each date has of a feature of both, separated step by step (Zhou et al. 2024)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import CrossAttentionLayer
from mmrsicc.models.layers.transformer import sinusoidal_positions
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class SEN(nn.Module):
    """Difference encoder of the Single-stream Extractor Network (Zhou et al. 2024, TGRS).

    Needs :class:`~mmrsicc.models.backbones.JointBackbone`, whose maps end with the bands of each
    date. Shallow feature embedding: the channels of the joint feature are weighed for each date by
    what its own pixels say. Cross-attention-guided differentiation: both attend to the feature, and
    what differs between them, after attention to itself, is added to it.

    Args:
        in_channels: Channels of the K maps of each date; of the last, those of the joint feature
            and the bands of the date.
        dims: Channels D of the tokens; a multiple of 16.
        num_layers: Layers of differentiation.
        num_heads: Attention heads.
        dropout: Dropout of the layers; that of the positions is 0.1.
        bands: Bands of a date; the encoder tells them.

    Raises:
        ValueError: If D is no multiple of 16.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        num_layers: int = 2,
        num_heads: int = 8,
        dropout: float = 0.5,
        bands: int = 3,
    ) -> None:
        super().__init__()
        if dims % 16:
            raise ValueError(f"dims={dims} is no multiple of 16, by which SEN narrows channels")
        self.out_channels = dims
        self.bands = bands
        self.project = nn.Conv2d(in_channels[-1] - bands, dims, 1)
        self.embed = nn.Conv2d(bands, dims, 1)
        self.weigh_before, self.weigh_after = ChannelWeights(dims), ChannelWeights(dims)
        self.layers = nn.ModuleList(
            GuidedDifferentiation(dims, num_heads, dropout) for _ in range(num_layers)
        )
        self.position_dropout = nn.Dropout(0.1)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean."""
        feature = self.project(before[-1][:, : -self.bands])
        first = self.weigh_before(self.embed(before[-1][:, -self.bands :])) * feature
        second = self.weigh_after(self.embed(after[-1][:, -self.bands :])) * feature
        positions = sinusoidal_positions(feature[0, 0].numel(), self.out_channels).to(feature)
        first, second, tokens = (
            self.position_dropout(x.flatten(2).transpose(1, 2) + positions)
            for x in (first, second, feature)
        )
        for layer in self.layers:
            first, second, tokens = layer(first, second, tokens)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))


class ChannelWeights(nn.Module):
    """Weights of channels from their mean and maximum (channel attention of CBAM, Woo et al. 2018).

    Args:
        channels: Channels C; a sixteenth of them is in between.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, channels // 16, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // 16, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, 1, 1) in 0..1, from (B, C, H, W)."""
        pooled = (x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True))
        return torch.stack([self.mlp(p) for p in pooled]).sum(0).sigmoid()


class GuidedDifferentiation(nn.Module):
    """Both dates attend to the feature; what differs attends to itself and is added to it.

    Args:
        dims: Channels D of the tokens.
        num_heads: Attention heads.
        dropout: Dropout probability.
    """

    def __init__(self, dims: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.attend_before, self.attend_after = (
            CrossAttentionLayer(dims, num_heads, dropout, ffn_dims=2 * dims) for _ in range(2)
        )
        self.attention = nn.MultiheadAttention(dims, num_heads, dropout, batch_first=True)
        self.norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, before: Tensor, after: Tensor, feature: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Takes and returns (B, N, D) of before, after and the feature."""
        before, after = self.attend_before(before, feature), self.attend_after(after, feature)
        difference = after - before
        found, _ = self.attention(difference, difference, difference, need_weights=False)
        difference = self.norm(difference + self.dropout(found))
        return before, after, difference + feature
