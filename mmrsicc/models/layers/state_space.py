"""Selective state space models: blocks on the selective scan, and scans over both dates."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.selective_scan import selective_scan


@torch.no_grad()
def init_step_bias(bias: Tensor) -> None:
    """Mamba's initial biases: step sizes spread evenly in the logarithm from 0.001 to 0.1."""
    steps = torch.empty_like(bias).uniform_(math.log(1e-3), math.log(0.1)).exp()
    bias.copy_(steps + torch.log(-torch.expm1(-steps)))  # inverse softplus


class SelectiveSSM(nn.Module):
    """Selective state space model S6, the core of Mamba (Gu and Dao 2023).

    Step sizes and what enters and leaves the state are linear in the sequence itself; see
    :func:`selective_scan` for the recurrence. Position t sees positions 1 to t.

    Args:
        channels: Channels C of the sequence.
        state_size: States S per channel.
        rank: Channels that a step size is linear in; C / 16 if None.
    """

    def __init__(self, channels: int, state_size: int, rank: int | None = None) -> None:
        super().__init__()
        self.widths = [rank or math.ceil(channels / 16), state_size, state_size]
        self.select = nn.Linear(channels, sum(self.widths), bias=False)
        self.step = nn.Linear(self.widths[0], channels)
        self.log_rates = nn.Parameter(torch.empty(channels, state_size))
        self.skip = nn.Parameter(torch.ones(channels))
        self.init_rates()

    @torch.no_grad()
    def init_rates(self) -> None:
        """Starts decay rates and step sizes as Mamba does: states of a channel decay by 1 to S."""
        self.log_rates.copy_(torch.arange(1, self.widths[1] + 1).log())
        init_step_bias(self.step.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns a (B, L, C) sequence."""
        step, enter, leave = self.select(x).split(self.widths, dim=2)
        delta = F.softplus(self.step(step))
        rates = -self.log_rates.exp()
        x, delta, enter, leave = (t.transpose(1, 2) for t in (x, delta, enter, leave))
        return selective_scan(x, delta, rates, enter, leave, self.skip).transpose(1, 2)

    def advance(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One position (B, C) more, from a state (B, C, S); returns both, updated."""
        step, enter, leave = self.select(x).split(self.widths, dim=1)
        delta = F.softplus(self.step(step))
        decay = torch.exp(-delta.unsqueeze(2) * self.log_rates.exp())
        state = decay * state + (delta * x).unsqueeze(2) * enter.unsqueeze(1)
        return (state * leave.unsqueeze(1)).sum(2) + self.skip * x, state


class BidirectionalSSM(nn.Module):
    """Sum of one scan forward and one backward, each with its own weights.

    Args:
        channels: Channels C of the sequence.
        state_size: States S per channel.
        rank: See :class:`SelectiveSSM`.
    """

    def __init__(self, channels: int, state_size: int, rank: int | None = None) -> None:
        super().__init__()
        self.ahead = SelectiveSSM(channels, state_size, rank)
        self.back = SelectiveSSM(channels, state_size, rank)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns a (B, L, C) sequence."""
        return self.ahead(x) + self.back(x.flip(1)).flip(1)


#: Scans a (B, C_in, H, W) map to (B, C, H, W).
Scan = Callable[[Tensor], Tensor]


def scan_dates(
    before: Tensor, after: Tensor, parallel: Scan, interleaved: Scan, sequential: Scan
) -> tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """ChangeMamba's three scans over both dates (Chen et al. 2024).

    Args:
        before: (B, C_in, H, W) map.
        after: (B, C_in, H, W) map.
        parallel: Scans (B, 2 C_in, H, W), the dates joined in their channels.
        interleaved: Scans (B, C_in, H, 2 W), the columns of both dates in turn.
        sequential: Scans (B, C_in, H, 2 W), the dates side by side.

    Returns:
        (B, C, H, W) of the first scan, and one such map of each date of the other two.
    """
    joint = parallel(torch.cat([before, after], dim=1))
    # Columns of both dates in turn: (W, 2) places, flattened.
    in_turn = interleaved(torch.stack([before, after], dim=4).flatten(3)).unflatten(3, (-1, 2))
    beside = sequential(torch.cat([before, after], dim=3))
    return joint, in_turn.unbind(4), beside.chunk(2, dim=3)
