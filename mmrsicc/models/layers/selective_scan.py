"""Selective scan of Mamba, with a gradient of its own."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

#: Positions whose states are in memory at once.
CHUNK = 8


def selective_scan(
    x: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, skip: Tensor
) -> Tensor:
    """Selective scan of Mamba (Gu and Dao 2023)::

        h_t = exp(delta_t a) h_(t-1) + delta_t b_t x_t        h_0 = 0
        y_t = c_t . h_t + skip x_t

    Every decay is one exponential of a negative number, so nothing overflows, however long the
    sequence. Of the states (B, L, E, S), only those of 8 positions are held at once: they are
    recomputed for the gradient, which has no gradient itself. On a GPU, the fused kernel of the
    package ``mamba_ssm``, which takes the same arguments, runs in their place where it is
    installed; that path is untested.

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
    xs, deltas, bs, cs = (t.permute(2, 0, 1).contiguous() for t in (x, delta, b, c))
    arguments = (xs, deltas, bs, cs, a)
    learns = torch.is_grad_enabled() and any(t.requires_grad for t in arguments)
    y = _Scan.apply(*arguments) if learns else _outputs(*arguments)[0]
    return y.permute(1, 2, 0) + skip.unsqueeze(1) * x


class _Scan(torch.autograd.Function):
    """The scan of time-first sequences (L, B, E or S); a graph of its steps would be slow."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, delta: Tensor, b: Tensor, c: Tensor, a: Tensor) -> Tensor:
        y, starts = _outputs(x, delta, b, c, a)
        ctx.save_for_backward(x, delta, b, c, a, *starts)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        x, delta, b, c, a, *starts = ctx.saved_tensors
        chunks = zip(*(t.split(CHUNK) for t in (x, delta, b, c, gradient)), strict=True)
        g_state, g_rates = torch.zeros_like(starts[0]), torch.zeros_like(a)
        found = []
        for start, chunk in reversed(list(zip(starts, chunks, strict=True))):
            parts, g_chunk_rates, g_state = _chunk_gradients(chunk, a, start, g_state)
            g_rates += g_chunk_rates
            found.append(parts)
        return *(torch.cat(parts[::-1]) for parts in zip(*found, strict=True)), g_rates


def _outputs(
    x: Tensor, delta: Tensor, b: Tensor, c: Tensor, a: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """(L, B, E) outputs, and the (B, E, S) state that each chunk starts from."""
    state = x.new_zeros(x.shape[1], *a.shape)
    outputs, starts = [], []
    for xs, deltas, bs, cs in zip(*(t.split(CHUNK) for t in (x, delta, b, c)), strict=True):
        starts.append(state)
        states = _states(xs, deltas, bs, a, state)[1]
        outputs.append(torch.matmul(states, cs.unsqueeze(3)).squeeze(3))
        # A copy: a view would keep the states of the whole chunk.
        state = states[-1].clone()
    return torch.cat(outputs), starts


def _states(x: Tensor, delta: Tensor, b: Tensor, a: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Decays and states of a chunk, (T, B, E, S) each, from the (B, E, S) state before it."""
    decays = torch.exp(delta.unsqueeze(3) * a)
    entering = (delta * x).unsqueeze(3) * b.unsqueeze(2)
    states = []
    for decay, new in zip(decays.unbind(), entering.unbind(), strict=True):
        state = torch.addcmul(new, decay, state)
        states.append(state)
    return decays, torch.stack(states)


def _chunk_gradients(
    chunk: tuple[Tensor, ...], a: Tensor, start: Tensor, g_state: Tensor
) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
    """Gradients of a chunk's outputs and last state, which has the gradient ``g_state``.

    Args:
        chunk: x, delta, b, c and the gradient of the outputs.
        a: Rates.
        start: State before the chunk.
        g_state: Gradient of the state after it.

    Returns:
        Gradients by x, delta, b and c; by a; by ``start``.
    """
    x, delta, b, c, g_y = chunk
    decays, states = _states(x, delta, b, a, start)
    # By each state: of its own output and, through the decay, of the state after it.
    g_states = g_y.unsqueeze(3) * c.unsqueeze(2)
    for g, decay in zip(reversed(g_states.unbind()), reversed(decays.unbind()), strict=True):
        g += g_state
        g_state = decay * g
    g_c = torch.matmul(g_y.unsqueeze(2), states).squeeze(2)
    g_b = torch.matmul((delta * x).unsqueeze(2), g_states).squeeze(2)
    g_entering = torch.matmul(g_states, b.unsqueeze(3)).squeeze(3)
    # By the exponents delta a.
    before = torch.cat([start.unsqueeze(0), states[:-1]])
    g_exponents = before.mul_(g_states).mul_(decays)
    g_delta = (g_exponents * a).sum(3) + g_entering * x
    g_rates = (g_exponents * delta.unsqueeze(3)).sum((0, 1))
    return (g_entering * delta, g_delta, g_b, g_c), g_rates, g_state


@lru_cache(maxsize=1)
def _fused_scan() -> Any:
    """The kernel of ``mamba_ssm``, or None if it is not installed."""
    if find_spec("mamba_ssm") is None:
        return None
    return import_module("mamba_ssm.ops.selective_scan_interface").selective_scan_fn
