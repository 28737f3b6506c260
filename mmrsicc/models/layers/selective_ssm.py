"""State space layers whose dynamics depend on what they read."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.selective_scan import selective_scan


class SelectiveSSM(nn.Module):
    """Selective state space model S6, the core of Mamba (Gu and Dao 2023).

    Step sizes and what enters and leaves the state are linear in the sequence itself; see
    :func:`selective_scan` for the recurrence. Position t sees positions 1 to t.

    Args:
        channels: Channels C of the sequence.
        state_size: States S per channel.
    """

    def __init__(self, channels: int, state_size: int) -> None:
        super().__init__()
        self.widths = [math.ceil(channels / 16), state_size, state_size]
        self.select = nn.Linear(channels, sum(self.widths), bias=False)
        self.step = nn.Linear(self.widths[0], channels)
        rates = torch.arange(1, state_size + 1, dtype=torch.float32).repeat(channels, 1)
        self.log_rates = nn.Parameter(rates.log())
        self.skip = nn.Parameter(torch.ones(channels))
        # Mamba's start: step sizes spread evenly in the logarithm from 0.001 to 0.1.
        steps = torch.exp(torch.empty(channels).uniform_(math.log(1e-3), math.log(0.1)))
        with torch.no_grad():
            self.step.bias.copy_(steps + torch.log(-torch.expm1(-steps)))  # inverse softplus

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns a (B, L, C) sequence."""
        step, enter, leave = self.select(x).split(self.widths, dim=2)
        delta = F.softplus(self.step(step))
        rates = -self.log_rates.exp()
        x, delta, enter, leave = (t.transpose(1, 2) for t in (x, delta, enter, leave))
        return selective_scan(x, delta, rates, enter, leave, self.skip).transpose(1, 2)


class BidirectionalSSM(nn.Module):
    """Sum of one scan forward and one backward, each with its own weights.

    Args:
        channels: Channels C of the sequence.
        state_size: States S per channel.
    """

    def __init__(self, channels: int, state_size: int) -> None:
        super().__init__()
        self.ahead = SelectiveSSM(channels, state_size)
        self.back = SelectiveSSM(channels, state_size)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns a (B, L, C) sequence."""
        return self.ahead(x) + self.back(x.flip(1)).flip(1)
