"""Features of a change detector, one row of numbers per pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from mmrsicc.models.change_detectors import ChangeDetector
from mmrsicc.research.alignment.pairs import PairSet


@dataclass(frozen=True)
class PooledFeatures:
    """Features of N pairs.

    Attributes:
        pooled: (N, C) by name: ``stage k``, the mean of both dates over all pixels; ``difference
            k``, the mean of what differs at that stage.
        probe: (N, D) means and largest values of what differs, all stages side by side.
        areas: (N,) share of pixels that the detector says changed; None without logits.
    """

    pooled: dict[str, np.ndarray]
    probe: np.ndarray
    areas: np.ndarray | None


@torch.no_grad()
def pooled_features(
    detector: ChangeDetector, pairs: PairSet, batch_size: int = 16
) -> PooledFeatures:
    """Computes a detector's features of pairs.

    Args:
        detector: A change detector, of which ``extract`` is called; its mode stays. One
            without maps of what differs gets the absolute difference of both dates.
        pairs: N pairs.
        batch_size: Pairs per forward.
    """
    device = next(detector.parameters()).device
    rows: dict[str, list[Tensor]] = {}
    probe, areas = [], []
    for batch in batches(pairs, batch_size):
        images = batch.to(device).float()
        found = detector.extract(images[:, 0], images[:, 1])
        for k, (a, b) in enumerate(zip(found.before, found.after, strict=True), 1):
            rows.setdefault(f"stage {k}", []).append((_mean(a) + _mean(b)) / 2)
        for k, difference in enumerate(found.differences, 1):
            rows.setdefault(f"difference {k}", []).append(_mean(difference))
        probe.append(
            torch.cat([p for d in found.differences for p in (_mean(d), d.amax((2, 3)))], 1)
        )
        if found.logits is not None:
            areas.append((found.logits.argmax(1) != 0).float().mean((1, 2)))
    return PooledFeatures(
        pooled={name: _joined(some) for name, some in rows.items()},
        probe=_joined(probe),
        areas=_joined(areas) if areas else None,
    )


def batches(pairs: PairSet, batch_size: int) -> Iterator[Tensor]:
    """Pairs stacked (B, 2, 3, H, W) uint8, in order; neighbours of one size together."""
    for _, some in groupby(pairs.images, key=lambda pair: pair.shape):
        group = list(some)
        for start in range(0, len(group), batch_size):
            yield torch.stack(group[start : start + batch_size])


def _mean(maps: Tensor) -> Tensor:
    return maps.mean((2, 3))


def _joined(rows: list[Tensor]) -> np.ndarray:
    return torch.cat(rows).double().cpu().numpy()
