"""Pairs of a config's data set, in windows of one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from mmengine import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from mmrsicc.leakage.tiles import TILE, tiles_of
from mmrsicc.registry import DATASETS
from mmrsicc.structures import ChangeDataSample


@dataclass(frozen=True)
class PairSet:
    """Pairs in memory.

    Attributes:
        name: What they are called.
        images: N pairs, (2, 3, H, W) uint8 RGB each.
        flags: (N,) 1 changed, 0 unchanged, -1 unknown.
        scenes: Number of images that the pairs were cut from.
    """

    name: str
    images: list[Tensor]
    flags: np.ndarray
    scenes: int

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> PairSet:
        """As many of them at most; they are in random order."""
        return replace(self, images=self.images[:count], flags=self.flags[:count])

    def degraded(self, change: Callable[[Tensor], Tensor]) -> PairSet:
        """The same pairs after a change of their pixels."""
        return replace(self, images=[change(pair) for pair in self.images])


def load_pairs(
    cfg: Config, splits: Sequence[str], name: str, count: int, size: int = TILE, seed: int = 0
) -> PairSet:
    """Pairs of some splits, loaded as for a test and cut into windows.

    Args:
        cfg: With a data loader per split; the pipeline is that of ``test_dataloader``.
        splits: Names of the data loaders: ``train``, ``val``, ``test``.
        name: What to call them.
        count: Most pairs; drawn without order.
        size: Edge of a window in pixels; smaller images are taken whole.
        seed: Of the order.

    Raises:
        ValueError: If the config has no such data loader.
    """
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    datasets = []
    for split in splits:
        loaders = [cfg.get(f"{part}_dataloader") for part in (split, "test")]
        if None in loaders:
            raise ValueError(f"{cfg.filename} has no {split}_dataloader or no test_dataloader")
        chosen, test = (loader.dataset for loader in loaders)
        datasets.append(DATASETS.build({**chosen, "pipeline": test.pipeline, "test_mode": True}))
    places = [(dataset, i) for dataset in datasets for i in range(len(dataset))]
    generator = np.random.default_rng(seed)
    images: list[Tensor] = []
    flags: list[int] = []
    scenes = 0
    for drawn in generator.permutation(len(places)):
        if len(images) >= count:
            break
        dataset, index = places[drawn]
        packed = dataset[index]
        scenes += 1
        shape = tuple(packed["inputs"].shape[-2:])
        tiles = tiles_of(0, shape, size)
        for tile in tiles:
            rows = slice(tile.row, tile.row + tile.height)
            columns = slice(tile.column, tile.column + tile.width)
            images.append(packed["inputs"][..., rows, columns].clone())
            flags.append(_flag(packed["data_samples"], (rows, columns), whole=len(tiles) == 1))
    # The windows of one image must not stand together where only the first are used.
    order = generator.permutation(len(images))[:count]
    return PairSet(name, [images[i] for i in order], np.array(flags)[order], scenes)


def _flag(sample: ChangeDataSample, window: tuple[slice, slice], whole: bool) -> int:
    """Of a window: what its mask says, else the pair's flag if the window is all of it."""
    if "gt_mask" in sample:
        return int(bool(torch.any(sample.gt_mask[window])))
    return int(sample.change_flag) if whole and "change_flag" in sample else -1
