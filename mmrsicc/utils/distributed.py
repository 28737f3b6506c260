"""Helpers for several processes.

Torch is imported where it is needed: reading images and cutting scenes into tiles do without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


def gather_with_gradient(x: Tensor) -> Tensor:
    """Concatenates (B, ...) tensors of all processes; gradients flow back to every process.

    The result's gradient is summed over processes. As DistributedDataParallel averages afterwards,
    a loss over the gathered batch gets the gradient that one process would have computed.
    """
    from mmengine.dist import get_world_size

    if get_world_size() == 1:
        return x
    from mmrsicc.utils.gather import Gather

    return Gather.apply(x)


def gather_together(*parts: Tensor) -> list[Tensor]:
    """:func:`gather_with_gradient` of several (B, ...) float tensors by one collective."""
    from mmengine.dist import get_world_size

    if get_world_size() == 1:
        return list(parts)
    import torch

    flat = gather_with_gradient(torch.cat([part.flatten(1) for part in parts], dim=1))
    pieces = flat.split([part[0].numel() for part in parts], dim=1)
    return [piece.unflatten(1, part.shape[1:]) for piece, part in zip(pieces, parts, strict=True)]


def mean_count(chosen: Tensor) -> Tensor:
    """Number of true entries per process: their sum over all, at least 1, by the processes.

    Processes draw sentences of different lengths: dividing a sum by the mean count makes the
    averaged gradient equal that of one process over all sentences.
    """
    return mean_sum(chosen, least=1.0)


def mean_sum(weights: Tensor, least: float = 1e-30) -> Tensor:
    """Sum of weights over all processes, at least ``least``, by their number: see above."""
    from mmengine.dist import all_reduce, get_world_size

    total = weights.sum().float()
    all_reduce(total)
    return total.clamp(min=least) / get_world_size()


def unwrap(model: nn.Module) -> Any:
    """The model itself, without a wrapper such as DistributedDataParallel."""
    from mmengine.model import is_model_wrapper

    return model.module if is_model_wrapper(model) else model
