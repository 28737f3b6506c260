"""VMamba's block: a selective scan over a map in four directions (Liu et al. 2024)."""

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.convolution import DropPath
from mmrsicc.models.layers.selective_scan import selective_scan
from mmrsicc.models.layers.state_space import init_step_bias

#: Rows and columns, each forward and backward.
WAYS = 4


class SS2D(nn.Module):
    """2D selective scan of VMamba (Liu et al. 2024), as its second version has it.

    After a projection and a depth-wise convolution, all places are read as four sequences, each
    scanned with its own weights; the four outputs at a place are added. There is one state per
    channel and no gate. Weights are called as in the published checkpoints.

    Args:
        channels: Channels C of the map.
        ratio: The sequences have ``ratio * channels`` channels E.
    """

    def __init__(self, channels: int, ratio: float) -> None:
        super().__init__()
        inner, rank = int(ratio * channels), math.ceil(channels / 16)
        self.rank = rank
        self.in_proj = nn.Linear(channels, inner, bias=False)
        self.conv2d = nn.Conv2d(inner, inner, 3, padding=1, groups=inner, bias=False)
        # Per direction: low-rank step, input and output matrices.
        self.x_proj_weight = nn.Parameter(torch.empty(WAYS, rank + 2, inner))
        self.dt_projs_weight = nn.Parameter(torch.empty(WAYS, inner, rank))
        self.dt_projs_bias = nn.Parameter(torch.empty(WAYS, inner))
        self.A_logs = nn.Parameter(torch.zeros(WAYS * inner, 1))
        self.Ds = nn.Parameter(torch.ones(WAYS * inner))
        self.out_norm = nn.LayerNorm(inner)
        self.out_proj = nn.Linear(inner, channels, bias=False)
        self._init_scan()

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, H, W, C)."""
        x = self.in_proj(x).permute(0, 3, 1, 2)
        scanned = self._scan(F.silu(self.conv2d(x)))
        return self.out_proj(self.out_norm(scanned.permute(0, 2, 3, 1)))

    def _scan(self, x: Tensor) -> Tensor:
        """Takes and returns (B, E, H, W)."""
        rows, columns = x.flatten(2), x.transpose(2, 3).flatten(2)
        ways = torch.stack([rows, columns, rows.flip(2), columns.flip(2)], dim=1)
        selected = torch.einsum("bkel,kfe->bkfl", ways, self.x_proj_weight)
        step, enter, leave = selected.split([self.rank, 1, 1], dim=2)
        step = torch.einsum("bkrl,ker->bkel", step, self.dt_projs_weight)
        step = F.softplus(step + self.dt_projs_bias.unsqueeze(2))
        # With one state per channel, its rate can be folded into step and input. All four
        # directions then have the rate 1 and are scanned as one batch.
        rates = self.A_logs.exp().view(WAYS, -1, 1)
        unit, nothing = x.new_ones(x.shape[1], 1), x.new_zeros(x.shape[1])
        arguments = (t.flatten(0, 1) for t in (ways / rates, step * rates, enter, leave))
        inputs, steps, entering, leaving = arguments
        y = selective_scan(inputs, steps, -unit, entering, leaving, nothing)
        y = y.unflatten(0, (-1, WAYS)) + self.Ds.view(WAYS, -1, 1) * ways
        y = y[:, :2] + y[:, 2:].flip(3)
        by_column = y[:, 1].unflatten(2, (x.shape[3], x.shape[2])).transpose(2, 3)
        return y[:, 0].unflatten(2, x.shape[2:]) + by_column

    def _init_scan(self) -> None:
        for weight in self.x_proj_weight:
            nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
        nn.init.uniform_(self.dt_projs_weight, -(self.rank**-0.5), self.rank**-0.5)
        init_step_bias(self.dt_projs_bias)


class VSSBlock(nn.Module):
    """2D selective scan and feed-forward part of VMamba (Liu et al. 2024), both pre-norm.

    Weights are called as in the published checkpoints.

    Args:
        channels: Channels C.
        ratio: Width of the scan, in channels.
        drop_path: How often a branch is left out.
    """

    def __init__(self, channels: int, ratio: float, drop_path: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.op = SS2D(channels, ratio)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            OrderedDict(
                fc1=nn.Linear(channels, 4 * channels),
                act=nn.GELU(),
                fc2=nn.Linear(4 * channels, channels),
            )
        )
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, C, H, W)."""
        x = x.permute(0, 2, 3, 1)
        x = x + self.drop_path(self.op(self.norm(x)))
        x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x.permute(0, 3, 1, 2)
