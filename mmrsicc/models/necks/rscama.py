"""RSCaMa: state space models guided by the difference, and through both dates in turn."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers import xavier_matrices
from mmrsicc.models.layers.causal import causal_convolution
from mmrsicc.models.layers.state_space import BidirectionalSSM, SelectiveSSM
from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class RSCaMa(nn.Module):
    """Encoder of RSCaMa (Liu et al. 2024, GRSL), as its authors released it.

    In each layer a state space model per date, gated by the difference of the dates, goes over its
    places (spatial difference-aware SSM); then one goes over the places of both dates in turn
    (temporal-traversing SSM). All normalisations between them are one. The dates are joined over
    channels, and a residual block follows. Only the last scale is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, D, are the tokens'.
        num_layers: Number of layers.
        state_size: States per channel.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.
        xavier_rates: Draws the logarithms of the decay rates by Xavier's rule, as all matrices, so
            that all states decay at rates of about 1, and starts step sizes at softplus(0). So
            does the authors' code; else both start as in Mamba.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        num_layers: int = 3,
        state_size: int = 16,
        max_grid_size: int = 7,
        xavier_rates: bool = True,
    ) -> None:
        super().__init__()
        dims = in_channels[-1]
        self.out_channels = dims
        self.columns = nn.Embedding(max_grid_size, dims // 2)
        self.rows = nn.Embedding(max_grid_size, dims // 2)
        self.before_blocks, self.after_blocks, self.both_blocks = (
            nn.ModuleList(ScanBlock(dims, state_size) for _ in range(num_layers)) for _ in range(3)
        )
        self.norm = nn.LayerNorm(dims)
        self.shortcut = nn.Parameter(torch.tensor(0.0))
        self.project = nn.Conv2d(2 * dims, dims, 1)
        self.block = nn.Sequential(
            nn.BatchNorm2d(dims),
            nn.ReLU(),
            nn.Conv2d(dims, dims, 3, padding=1),
            nn.BatchNorm2d(dims),
            nn.ReLU(),
            nn.Conv2d(dims, dims, 1),
            nn.BatchNorm2d(dims),
        )
        xavier_matrices(self)
        for module in self.modules():
            if isinstance(module, SelectiveSSM):
                if xavier_rates:
                    nn.init.zeros_(module.step.bias)
                else:
                    module.init_rates()

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns H_K W_K tokens and their mean.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        size = tuple(before[-1].shape[-2:])
        first, second = (placed_tokens(m[-1], self.columns, self.rows) for m in (before, after))
        blocks = zip(self.before_blocks, self.after_blocks, self.both_blocks, strict=True)
        for scan_first, scan_second, scan_both in blocks:
            difference = second - first
            first = self.norm(scan_first(first, difference))
            second = self.norm(scan_second(second, difference))
            # Places of both dates in turn: (N, 2) places, flattened.
            in_turn = scan_both(torch.stack([first, second], dim=2).flatten(1, 2))
            a, b = in_turn.unflatten(1, (-1, 2)).unbind(2)
            first = self.norm(a) + self.shortcut * first
            second = self.norm(b) + self.shortcut * second
        joined = torch.cat([first, second], dim=2).transpose(1, 2).unflatten(2, size)
        fused = self.project(joined)
        fused = (fused + self.block(fused)).relu()
        tokens = self.norm(fused.flatten(2).transpose(1, 2))
        return DifferenceFeatures(tokens=tokens, pooled=tokens.mean(dim=1))


class ScanBlock(nn.Module):
    """Convolution, scans there and back and a gate around a shortcut, then a normalisation.

    The way back begins with what the way there does: places convolved with those before them.

    Args:
        dims: Channels D of the sequence; twice as many are scanned.
        state_size: States per channel.
    """

    def __init__(self, dims: int, state_size: int) -> None:
        super().__init__()
        inner = 2 * dims
        self.norm = nn.RMSNorm(dims, eps=1e-5)
        self.enter = nn.Linear(dims, inner, bias=False)
        self.gate = nn.Linear(dims, inner, bias=False)
        self.convolution = nn.Conv1d(inner, inner, 3, groups=inner, padding=2)
        self.scans = BidirectionalSSM(inner, state_size, math.ceil(dims / 16))
        self.leave = nn.Linear(inner, dims, bias=False)
        self.last_norm = nn.RMSNorm(dims, eps=1e-5)

    def forward(self, x: Tensor, guide: Tensor | None = None) -> Tensor:
        """Takes and returns (B, L, D); the gate is that of ``guide`` (B, L, D), else of ``x``."""
        normed = self.norm(x)
        gate = F.silu(self.gate(normed if guide is None else guide))
        scanned = self.scans(F.silu(causal_convolution(self.convolution, self.enter(normed))))
        return self.last_norm(x + self.leave(scanned * gate))
