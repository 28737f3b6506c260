"""Sinusoidal positions."""

import math

import torch
from torch import Tensor


def sinusoidal_positions(length: int, dims: int) -> Tensor:
    """(length, dims) position vectors of "Attention Is All You Need" (Vaswani et al. 2017).

    Channel 2i is sin(p / 10000^(2i/dims)), channel 2i+1 the cosine of the same angle.

    Raises:
        ValueError: If ``dims`` is odd.
    """
    if dims % 2:
        raise ValueError(f"sinusoidal positions need an even number of channels, got {dims}")
    rates = torch.exp(torch.arange(0, dims, 2) * (-math.log(10000.0) / dims))
    angles = torch.arange(length).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
