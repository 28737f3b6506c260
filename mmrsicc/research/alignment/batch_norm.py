"""Shift of the inputs of batch normalisation against its running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.research.alignment.features import batches
from mmrsicc.research.alignment.pairs import PairSet


@torch.no_grad()
def batch_norm_shift(
    detector: ChangeDetector, pairs: PairSet, batch_size: int = 16
) -> float | None:
    """Mean over layers and channels of how many standard deviations the mean input is off.

    Means and deviations are the running ones of the layers. None without such layers.

    Args:
        detector: As for :func:`~mmrsicc.research.alignment.features.pooled_features`, in eval mode.
        pairs: What it is to see.
        batch_size: Pairs per forward.
    """
    layers = [
        module
        for module in detector.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None
    ]
    means: dict[nn.Module, list[Tensor]] = {layer: [] for layer in layers}

    def note(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        mean = given[0].mean([0, *range(2, given[0].dim())])
        # Once for each image of the batch: the last batch may be smaller.
        means[layer].append(mean.expand(len(given[0]), -1))

    handles = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        device = next(detector.parameters()).device
        for batch in batches(pairs, batch_size):
            images = batch.to(device).float()
            detector.extract(images[:, 0], images[:, 1])
    finally:
        for handle in handles:
            handle.remove()
    shifts = [_off(layer, seen) for layer, seen in means.items() if seen]
    return float(np.mean(shifts)) if shifts else None


def _off(layer: Any, means: list[Tensor]) -> float:
    off = torch.cat(means).mean(0) - layer.running_mean
    return float((off.abs() / (layer.running_var + layer.eps) ** 0.5).mean())
