"""Mamba's mixer (Gu and Dao 2023), its weights called as in the package transformers."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.selective_scan import selective_scan
from mmrsicc.models.layers.state_space import init_step_bias


class MambaMixer(nn.Module):
    """Gated selective scan of a sequence behind a causal convolution.

    Args:
        channels: Channels C of the sequence.
        inner: Channels E of the scan.
        state_size: States per channel.
        rank: Channels that a step size is linear in.
        kernel: Positions that the convolution sees, the current one and those before it.
    """

    def __init__(
        self, channels: int, inner: int, state_size: int = 16, rank: int = 1, kernel: int = 4
    ) -> None:
        super().__init__()
        self.widths = [rank, state_size, state_size]
        self.in_proj = nn.Linear(channels, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, kernel, padding=kernel - 1, groups=inner)
        self.x_proj = nn.Linear(inner, sum(self.widths), bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        rates = torch.arange(1.0, state_size + 1).log()
        self.A_log = nn.Parameter(rates.expand(inner, -1).contiguous())
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, channels, bias=False)
        init_step_bias(self.dt_proj.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns a (B, L, C) sequence."""
        x, gate = self.in_proj(x).transpose(1, 2).chunk(2, dim=1)
        x = F.silu(self.conv1d(x)[..., : x.shape[2]])
        step, enter, leave = self.x_proj(x.transpose(1, 2)).split(self.widths, dim=2)
        delta = F.softplus(self.dt_proj(step)).transpose(1, 2)
        enter, leave = enter.transpose(1, 2), leave.transpose(1, 2)
        y = selective_scan(x, delta, -self.A_log.exp(), enter, leave, self.D)
        return self.out_proj((y * F.silu(gate)).transpose(1, 2))
