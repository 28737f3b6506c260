"""Layers of decoders that read one sequence: tokens and then words, each seeing those before it.

Each takes a whole sequence, or from a state one place more, and ends with a normalisation of its
own, as RSCaMa's decoders do (Liu et al. 2024).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.attention import CachedAttention, attend_to_words
from mmrsicc.models.layers.initialise import init_linear
from mmrsicc.models.layers.state_space import SelectiveSSM

State = tuple[Tensor, Tensor]


def causal_convolution(convolution: nn.Conv1d, x: Tensor) -> Tensor:
    """(B, L, C) convolved along L, each place with those before it; padded by the kernel less 1."""
    return convolution(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)


class MambaLayer(nn.Module):
    """Layer of Mamba (Gu and Dao 2023): convolution, selective scan and gate around a shortcut.

    Args:
        dims: Channels D of the sequence; twice as many are scanned.
        kernel_size: Places that the convolution sees.
        state_size: States per channel.
    """

    def __init__(self, dims: int, kernel_size: int = 4, state_size: int = 16) -> None:
        super().__init__()
        inner = 2 * dims
        self.norm = nn.RMSNorm(dims, eps=1e-5)
        self.enter = nn.Linear(dims, inner, bias=False)
        self.gate = nn.Linear(dims, inner, bias=False)
        self.convolution = nn.Conv1d(
            inner, inner, kernel_size, groups=inner, padding=kernel_size - 1
        )
        self.scan = SelectiveSSM(inner, state_size, math.ceil(dims / 16))
        self.leave = nn.Linear(inner, dims, bias=False)
        self.last_norm = nn.RMSNorm(dims, eps=1e-5)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, L, D)."""
        normed = self.norm(x)
        scanned = self.scan(F.silu(causal_convolution(self.convolution, self.enter(normed))))
        return self.last_norm(x + self.leave(scanned * F.silu(self.gate(normed))))

    def start(self, like: Tensor) -> State:
        """The state before the first place, of as many rows as ``like`` has."""
        inner, _, kernel_size = self.convolution.weight.shape
        window = like.new_zeros(len(like), inner, kernel_size - 1)
        return window, like.new_zeros(len(like), *self.scan.log_rates.shape)

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Takes and returns one more place of each row, (B, D), and the state."""
        window, scanned = state
        normed = self.norm(x)
        window = torch.cat([window, self.enter(normed).unsqueeze(2)], dim=2)
        weight, bias = self.convolution.weight, self.convolution.bias
        entered = F.conv1d(window, weight, bias, groups=len(weight)).squeeze(2)
        y, scanned = self.scan.advance(F.silu(entered), scanned)
        y = self.leave(y * F.silu(self.gate(normed)))
        return self.last_norm(x + y), (window[:, :, 1:], scanned)


class GPTBlock(nn.Module):
    """Layer of GPT-2 (Radford et al. 2019): pre-norm attention and feed-forward part, GELU.

    Args:
        dims: Channels D of the sequence.
        num_heads: Attention heads.
        dropout: Dropout of attention weights and the output of both parts.
    """

    def __init__(self, dims: int, num_heads: int = 12, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.attention = CachedAttention(dims, num_heads, dropout)
        self.ffn = nn.Sequential(
            nn.LayerNorm(dims),
            nn.Linear(dims, 4 * dims),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * dims, dims),
        )
        self.dropout = nn.Dropout(dropout)
        self.apply(init_linear)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Takes (B, L, D), of further places if there is a state; returns it and the state."""
        attended, state = attend_to_words(self.attention, self.norm(x), state)
        x = x + self.dropout(attended)
        return x + self.dropout(self.ffn(x)), state


class GPTLayer(GPTBlock):
    """GPT-2 of one layer: learned positions, the layer, a normalisation.

    Args:
        dims: Channels D of the sequence.
        num_heads: Attention heads.
        dropout: Dropout of places, and of the layer.
        max_length: Most places.
    """

    def __init__(
        self, dims: int, num_heads: int = 12, dropout: float = 0.1, max_length: int = 1024
    ) -> None:
        super().__init__(dims, num_heads, dropout)
        self.positions = nn.Embedding(max_length, dims)
        self.last_norm = nn.LayerNorm(dims)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Takes and returns (B, L, D)."""
        return self._advance(x, None)[0]

    def start(self, like: Tensor) -> State:
        """The state before the first place, of as many rows as ``like`` has."""
        heads = self.attention.num_heads
        none = like.new_zeros(len(like), heads, 0, self.norm.normalized_shape[0] // heads)
        return none, none

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Takes and returns one more place of each row, (B, D), and the state."""
        x, state = self._advance(x.unsqueeze(1), state)
        return x.squeeze(1), state

    def _advance(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        first = 0 if state is None else state[0].shape[2]
        x = self.dropout(x + self.positions.weight[first : first + x.shape[1]])
        x, state = super().forward(x, state)
        return self.last_norm(x), state
