"""A detector whose features are known, and pairs that it sees."""

import numpy as np
import pytest
import torch
from torch import nn

from mmrsicc.research.alignment import PairSet
from mmrsicc.structures import ChangeFeatures


class PixelDetector(nn.Module):
    """Maps are the colours themselves, and at half their size; changed is what is 20 brighter."""

    source_dataset = "pixels"

    def __init__(self, differences: bool = True, logits: bool = True) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3).eval()
        self.differences, self.logits = differences, logits

    def extract(self, before, after):
        self.norm(torch.cat([before, after]))
        small = [nn.functional.avg_pool2d(date, 2) for date in (before, after)]
        firsts, seconds = (before, small[0]), (after, small[1])
        difference = tuple((b - a).abs() for a, b in zip(firsts, seconds, strict=True))
        changed = (after - before).mean(1) - 20
        return ChangeFeatures(
            firsts,
            seconds,
            difference if self.differences else None,
            torch.stack([-changed, changed], 1) if self.logits else None,
        )


@pytest.fixture
def detector():
    """Builds one."""
    return PixelDetector


@pytest.fixture
def pair_set():
    """Builds pairs of noise; every other one shows a bright square in the second date."""

    def make(count: int, seed: int = 0, level: float = 100, name: str = "pairs") -> PairSet:
        generator = np.random.default_rng(seed)
        images, flags = [], np.arange(count) % 2
        for flag in flags:
            grey = generator.normal(level, 10, (2, 3, 32, 32)) + generator.normal(0, 3)
            if flag:
                grey[1, :, 8:16, 8:16] += 60
            images.append(torch.from_numpy(grey.clip(0, 255).astype(np.uint8)))
        return PairSet(name, images, flags, files=np.arange(count))

    return make
