"""A selective scan over maps, along four ways."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.selective_scan import selective_scan

#: Row by row and column by column, each there and back.
WAYS = 4


class SS2D(nn.Module):
    """2D selective scan of VMamba (Liu et al. 2024), as its second version has it.

    After a projection and a depth-wise convolution, all places are read as four sequences, each
    scanned with its own weights; what the four put out at a place is added. There is one state per
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
        # Per way: the step at low rank, what enters the state and what is read from it.
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
        # With one state per channel, its rate can be put into step and input: all four ways then
        # have the rate 1, and are scanned as one batch.
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
        """Mamba's start: step sizes spread evenly in the logarithm from 0.001 to 0.1."""
        for weight in self.x_proj_weight:
            nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
        nn.init.uniform_(self.dt_projs_weight, -(self.rank**-0.5), self.rank**-0.5)
        steps = torch.empty_like(self.dt_projs_bias)
        steps = steps.uniform_(math.log(1e-3), math.log(0.1)).exp()
        with torch.no_grad():
            self.dt_projs_bias.copy_(steps + torch.log(-torch.expm1(-steps)))  # inverse softplus
