"""The recurrence of selective state space models, in plain PyTorch."""

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

#: Positions whose states are in memory at once.
CHUNK = 32


def selective_scan(
    x: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, skip: Tensor
) -> Tensor:
    """Selective scan of Mamba (Gu and Dao 2023)::

        h_t = exp(delta_t a) h_(t-1) + delta_t b_t x_t        h_0 = 0
        y_t = c_t . h_t + skip x_t

    Every decay is one exponential of a negative number, so nothing overflows, however long the
    sequence. Of the states (B, L, E, S), only those of 32 positions are held at once: they are
    computed anew for the gradient. On a GPU, the fused kernel of the package ``mamba_ssm``, which
    takes the same arguments, runs in their place where it is installed; that path is untested.

    Args:
        x: (B, E, L) sequence.
        delta: (B, E, L) positive step sizes.
        a: (E, S) negative rates.
        b: (B, S, L) what enters the state.
        c: (B, S, L) what is read from the state.
        skip: (E,) weight of the input itself.

    Returns:
        (B, E, L) sequence.
    """
    # Half precision is too coarse for sums over long sequences.
    dtype = torch.promote_types(x.dtype, torch.float32)
    arguments = [t.to(dtype) for t in (x, delta, a, b, c, skip)]
    fused = _fused_scan() if x.is_cuda else None
    with torch.autocast(x.device.type, enabled=False):
        return (fused or _chunked_scan)(*arguments).to(x.dtype)


def _chunked_scan(
    x: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, skip: Tensor
) -> Tensor:
    # Time first: one position is then one contiguous block.
    inputs = [t.permute(2, 0, 1).contiguous().split(CHUNK) for t in (x, delta, b, c)]
    state = x.new_zeros(x.shape[0], *a.shape)
    outputs = []
    for chunk in zip(*inputs, strict=True):
        y, state = checkpoint(
            _scan_chunk, *chunk, a, state, use_reentrant=False, preserve_rng_state=False
        )
        outputs.append(y)
    return torch.cat(outputs).permute(1, 2, 0) + skip.unsqueeze(1) * x


def _scan_chunk(
    x: Tensor, delta: Tensor, b: Tensor, c: Tensor, a: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    """A few positions from (B, E, S) state on: (T, B, E) outputs and the last state."""
    decays = torch.exp(delta.unsqueeze(3) * a)
    entering = (delta * x).unsqueeze(3) * b.unsqueeze(2)
    states = []
    for decay, new in zip(decays.unbind(), entering.unbind(), strict=True):
        state = torch.addcmul(new, decay, state)
        states.append(state)
    return (torch.stack(states) * c.unsqueeze(2)).sum(dim=3), state


@lru_cache(maxsize=1)
def _fused_scan() -> Any:
    """The kernel of ``mamba_ssm``, or None if it is not installed."""
    if find_spec("mamba_ssm") is None:
        return None
    return import_module("mamba_ssm.ops.selective_scan_interface").selective_scan_fn
