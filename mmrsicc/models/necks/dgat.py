"""DGAT: attention between the dates that fades with distance (Qin et al. 2025, TGRS)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import xavier_matrices
from mmrsicc.models.layers.differences import join_dates
from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class DGAT(nn.Module):
    """Encoder of the Dynamic Gaussian Attenuate Transformer (Qin et al. 2025).

    In each layer the dates attend to one another, by weights of their own; attention fades with the
    distance between places. The dates are joined over channels together with their cosine
    similarity, and an inception block follows. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, C, a multiple of 16.
        out_channels: Channels D of the tokens; even.
        ffn_dims: Hidden channels of the feed-forward parts.
        num_layers: Number of layers.
        dropout: Dropout of the layers.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.

    Raises:
        ValueError: If C is no multiple of 16, or D is odd.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int = 512,
        ffn_dims: int = 2048,
        num_layers: int = 1,
        dropout: float = 0.1,
        max_grid_size: int = 16,
    ) -> None:
        super().__init__()
        channels = in_channels[-1]
        if channels % 16 or out_channels % 2:
            raise ValueError(
                f"in_channels[-1]={channels} must be a multiple of 16 and "
                f"out_channels={out_channels} even"
            )
        self.out_channels = out_channels
        self.columns = nn.Embedding(max_grid_size, channels // 2)
        self.rows = nn.Embedding(max_grid_size, channels // 2)
        self.before_layers, self.after_layers = (
            nn.ModuleList(GaussianLayer(channels, ffn_dims, dropout) for _ in range(num_layers))
            for _ in range(2)
        )
        xavier_matrices(self)
        # Parts of the authors' decoder, which keeps PyTorch's initialisation.
        self.project = nn.Conv2d(2 * channels, out_channels, 1)
        self.block = InceptionBlock(out_channels)

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        size = tuple(before[-1].shape[-2:])
        first, second = (placed_tokens(m[-1], self.columns, self.rows) for m in (before, after))
        for one, other in zip(self.before_layers, self.after_layers, strict=True):
            a, b = one.norm(first), other.norm(second)  # type: ignore[operator]
            first, second = one(first, a, b, size), other(second, b, a, size)
        joined = join_dates(first, second, dim=2).transpose(1, 2).unflatten(2, size)
        tokens = self.block(self.project(joined)).flatten(2).transpose(1, 2)
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))


class GaussianLayer(nn.Module):
    """Attention to the other date that fades with distance, then a feed-forward part; pre-norm.

    Args:
        dims: Channels D of the tokens.
        ffn_dims: Hidden channels of the feed-forward part.
        dropout: Dropout probability.
    """

    def __init__(self, dims: int, ffn_dims: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.attention = GaussianAttention(dims, dropout)
        self.ffn = nn.Sequential(
            nn.LayerNorm(dims),
            nn.Linear(dims, ffn_dims),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(ffn_dims, dims),
            nn.Dropout(dropout),
        )

    def forward(self, x: Tensor, normed: Tensor, other: Tensor, size: Sequence[int]) -> Tensor:
        """From (B, H W, D) tokens of one date to those of the other.

        Args:
            x: The tokens.
            normed: The same after ``norm``.
            other: The tokens of the other date after that date's ``norm``.
            size: (H, W) of the map that they are.
        """
        x = x + self.attention(normed, other, size)
        return x + self.ffn(x)


class GaussianAttention(nn.Module):
    """Attention of one head whose weights a Gaussian of the distance damps.

    The weights are not normalised again. What is attended to is then gated per channel by what lies
    around the mean place that all tokens attend to. The widths of both Gaussians are learned.

    Args:
        dims: Channels D of the tokens; queries and keys have D / 4.
        dropout: Dropout of the weights.
    """

    def __init__(self, dims: int, dropout: float) -> None:
        super().__init__()
        self.query = nn.Linear(dims, dims // 4)
        self.key = nn.Linear(dims, dims // 4)
        self.value = nn.Linear(dims, dims)
        self.log_variance = nn.Parameter(torch.tensor(0.0))
        self.dropout = nn.Dropout(dropout)
        self.gate_log_variance = nn.Parameter(torch.tensor(0.0))
        self.gate = nn.Sequential(
            nn.Linear(dims, dims // 16, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(dims // 16, dims, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor, memory: Tensor, size: Sequence[int]) -> Tensor:
        """From (B, H W, D) tokens to as many; returns (B, H W, D)."""
        axes = (torch.arange(n, device=x.device, dtype=x.dtype) for n in size)
        places = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).flatten(0, 1)
        extent = places[-1]
        apart = (places.unsqueeze(1) - places).square().sum(2)
        fading = gaussian(apart / extent.square().sum().clamp_min(1), self.log_variance)
        queries, keys = self.query(x), self.key(memory)
        weights = (queries @ keys.mT * queries.shape[-1] ** -0.5).softmax(dim=2) * fading
        weights = self.dropout(weights)
        attended = weights @ self.value(memory)
        return attended * self._gate(attended, weights.sum(1), places / extent.clamp_min(1))

    def _gate(self, attended: Tensor, sought: Tensor, places: Tensor) -> Tensor:
        """(B, 1, D) from what was attended to, (B, N, D), and how much each place was, (B, N)."""
        centre = sought / (sought.sum(1, keepdim=True) + 1e-8) @ places
        apart = (places - centre.unsqueeze(1)).square().sum(2)
        near = gaussian(apart, self.gate_log_variance)
        pooled = (near / near.sum(1, keepdim=True)).unsqueeze(1) @ attended
        return self.gate(pooled)


def gaussian(squared_distance: Tensor, log_variance: Tensor) -> Tensor:
    """``exp(-d^2 / 2 v)``, which is 1 at no distance."""
    return torch.exp(-squared_distance / (2 * log_variance.exp()))


class InceptionBlock(nn.Module):
    """Convolutions of 1x1, 3x3 and 5x5 and a maximum over 3x3 side by side, joined by a 1x1.

    Args:
        channels: Channels C in and out; even. Each branch has half of them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.branches = nn.ModuleList(
            [
                _convolution(channels, half, 1),
                nn.Sequential(_convolution(channels, half, 1), _convolution(half, half, 3)),
                nn.Sequential(_convolution(channels, half, 1), _convolution(half, half, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, padding=1), _convolution(channels, half, 1)),
            ]
        )
        self.reduce = nn.Conv2d(4 * half, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        return self.reduce(torch.cat([branch(x) for branch in self.branches], dim=1))


def _convolution(in_channels: int, out_channels: int, side: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, side, padding=side // 2),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
