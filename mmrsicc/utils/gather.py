"""Gathering over processes, with a gradient."""

from typing import Any

import torch
from mmengine.dist import get_rank, get_world_size
from torch import Tensor, distributed
from torch.autograd import Function


class Gather(Function):
    """Concatenates (B, ...) tensors of all processes; B is the same in all.

    The gradient of each process's part is the sum of what all processes have for it.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """(B, ...) of this process to (world size * B, ...)."""
        parts = [torch.empty_like(x) for _ in range(get_world_size())]
        distributed.all_gather(parts, x.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """The gradient of this process's part."""
        gradient = gradient.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(gradient)
        return gradient.chunk(get_world_size())[get_rank()]
