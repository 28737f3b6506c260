"""Joint Feature Modeling: DFM's fusion of differences over scales and over two encoders."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers import PairDifference
from mmrsicc.registry import MODELS
from mmrsicc.structures import ChangeFeatures, DifferenceFeatures


class GatedTransfer(nn.Module):
    """Lets the change detector's difference into the captioner's through a learned gate.

    ``d + G * W d_cd`` with ``G = sigmoid(conv1x1([d; d_cd]))``. The gate's bias starts at -2, so
    the gate is almost closed (0.12) until training opens it.

    Args:
        channels: Channels C of both difference maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(2 * channels, channels, 1)
        self.project = nn.Conv2d(channels, channels, 1)
        nn.init.constant_(self.gate.bias, -2.0)  # type: ignore[arg-type]

    def forward(self, difference: Tensor, detected: Tensor) -> tuple[Tensor, Tensor]:
        """Takes two (B, C, H, W) maps; returns the joint map and the gate's mean."""
        gate = self.gate(torch.cat([difference, detected], dim=1)).sigmoid()
        return difference + gate * self.project(detected), gate.detach().mean()


class CrossScaleFusion(nn.Module):
    """Joins the K scales of each place: attention among scales, then a weighted mean.

    Args:
        channels: Channels C of the tokens.
        num_heads: Number of attention heads.
    """

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, num_heads, batch_first=True)
        self.score = nn.Linear(channels, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        """Takes (B, K, N, C) tokens of K scales at N places; returns (B, N, C)."""
        batch, _, places, _ = tokens.shape
        scales = tokens.transpose(1, 2).flatten(0, 1)
        normed = self.norm(scales)
        scales = scales + self.attention(normed, normed, normed, need_weights=False)[0]
        weights = self.score(scales).softmax(dim=1)
        return (weights * scales).sum(dim=1).unflatten(0, (batch, places))


@MODELS.register_module()
class JFM(nn.Module):
    """Joint Feature Modeling neck of DFM (re-implementation from the abstract; details are ours).

    Per scale the two dates are compared (:class:`PairDifference`); a change detector's features,
    where given, are compared alike and let in through a gate (:class:`GatedTransfer`); the maps
    are pooled to one grid, fused over scales (:class:`CrossScaleFusion`) and related over space.

    Args:
        in_channels: Channels of the K maps of each date.
        change_channels: Channels of the change detector's K maps of each date, or None.
        channels: Channels C of the difference maps; a multiple of 32.
        out_channels: Channels D of the tokens.
        grid_size: Side of the token grid; N = grid_size^2.
        num_layers: Transformer layers over the places.
        num_heads: Attention heads everywhere.
        dropout: Dropout of the transformer layers.

    Raises:
        ValueError: If the change detector's number of scales is not K, or channels do not divide.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        change_channels: Sequence[int] | None = None,
        channels: int = 256,
        out_channels: int = 512,
        grid_size: int = 8,
        num_layers: int = 2,
        num_heads: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if change_channels is not None and len(change_channels) != len(in_channels):
            raise ValueError(
                f"the change detector has {len(change_channels)} scales, the backbone "
                f"{len(in_channels)}: set out_indices of one so that they agree"
            )
        if channels % 32 or channels % num_heads or out_channels % num_heads:
            raise ValueError(
                f"JFM: channels={channels} must be a multiple of 32 and of num_heads={num_heads}, "
                f"out_channels={out_channels} one of num_heads"
            )
        self.out_channels = out_channels
        self.grid_size = grid_size
        self.differences = nn.ModuleList(PairDifference(c, channels) for c in in_channels)
        self.detected = nn.ModuleList(PairDifference(c, channels) for c in change_channels or ())
        self.transfers = nn.ModuleList(GatedTransfer(channels) for _ in change_channels or ())
        self.scale_embedding = nn.Parameter(torch.zeros(len(in_channels), 1, channels))
        self.position = nn.Parameter(torch.zeros(grid_size**2, channels))
        self.cross_scale = CrossScaleFusion(channels, num_heads)
        layer = nn.TransformerEncoderLayer(
            channels,
            num_heads,
            dim_feedforward=4 * channels,
            dropout=dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.spatial = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.project = nn.Linear(channels, out_channels)
        self.query = nn.Parameter(torch.zeros(1, 1, out_channels))
        self.pool = nn.MultiheadAttention(out_channels, num_heads, batch_first=True)
        self.pool_norm = nn.LayerNorm(out_channels)
        for parameter in (self.scale_embedding, self.position, self.query):
            nn.init.trunc_normal_(parameter, std=0.02)

    def forward(
        self,
        before: tuple[Tensor, ...],
        after: tuple[Tensor, ...],
        change: ChangeFeatures | None = None,
    ) -> DifferenceFeatures:
        """Fuses K maps (B, C_k, H_k, W_k) of each date into N tokens and one pooled vector.

        Raises:
            ValueError: If the neck was built for a change detector and none is given, or for
                another number of maps.
        """
        if len(before) != len(self.differences):
            raise ValueError(
                f"this JFM was built for {len(self.differences)} maps of each date, got "
                f"{len(before)}: in_channels must list the backbone's"
            )
        if self.transfers and change is None:
            raise ValueError("this JFM was built with change_channels: it needs `change`")
        maps, statistics = [], {}
        for k, compare in enumerate(self.differences):
            difference = compare(before[k], after[k])
            if self.transfers:
                assert change is not None
                detected = self.detected[k](change.before[k], change.after[k])
                detected = _resize(detected, difference)
                difference, gate = self.transfers[k](difference, detected)
                statistics[f"jfm_gate_{k + 1}"] = gate
            maps.append(difference)
        tokens = self.spatial(self.cross_scale(self._tokenise(maps)))
        memory = self.project(tokens)
        query = self.query.expand(len(memory), -1, -1)
        pooled = self.pool(query, memory, memory, need_weights=False)[0].squeeze(1)
        return DifferenceFeatures(
            tokens=memory,
            pooled=self.pool_norm(pooled),
            maps={f"scale_{k + 1}": m for k, m in enumerate(maps)},
            statistics=statistics,
        )

    def _tokenise(self, maps: list[Tensor]) -> Tensor:
        """Pools the maps to the grid: (B, K, N, C) with scale and place marked."""
        pooled = [F.adaptive_avg_pool2d(m, self.grid_size).flatten(2) for m in maps]
        tokens = torch.stack(pooled, dim=1).transpose(2, 3)
        return tokens + self.scale_embedding + self.position


def _resize(source: Tensor, target: Tensor) -> Tensor:
    if source.shape[-2:] == target.shape[-2:]:
        return source
    return F.interpolate(source, target.shape[-2:], mode="bilinear", align_corners=False)
