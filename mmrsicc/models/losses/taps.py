"""Taps: which features a contrastive loss reads, in fp32 whatever they are."""

from collections.abc import Callable

import torch
from torch import Tensor

from mmrsicc.structures import DifferenceFeatures

#: A tap gives a vector (B, D) and tokens (B, N, D) of each pair.
Tap = Callable[[DifferenceFeatures], tuple[Tensor, Tensor]]


def neck(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """The neck's pooled vector."""
    return difference.pooled.float(), difference.tokens.float()


def memory_mean(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """The mean of the tokens that the caption head attends to."""
    tokens = difference.tokens.float()
    return tokens.mean(1), tokens


def encoder(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """Signed and absolute difference of the backbone's last maps, before the neck: D = 2 C."""
    if difference.dates is None:
        raise ValueError("the tap 'encoder' reads the backbone's last maps: use a PairEncoder")
    before, after = difference.dates
    signed = after.float() - before.float()
    tokens = torch.cat([signed, signed.abs()], dim=1).flatten(2).transpose(1, 2)
    return tokens.mean(1), tokens


TAPS: dict[str, Tap] = {"neck": neck, "memory_mean": memory_mean, "encoder": encoder}
