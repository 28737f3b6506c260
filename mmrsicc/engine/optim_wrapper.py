"""Optimiser wrapper for training in bfloat16, also on a CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmrsicc.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Mixed precision in bfloat16 on the device of the model.

    MMEngine's ``AmpOptimWrapper`` refuses CPUs. A CPU with bfloat16 instructions (AMX, AVX512_BF16)
    multiplies matrices several times as fast with them; on another it is slower than fp32.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocasts the forward of a step."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
