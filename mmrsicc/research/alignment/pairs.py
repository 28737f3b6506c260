"""Pairs of a config's data set, in windows of one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from mmengine import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope
from torch import Tensor

from mmrsicc.registry import DATASETS
from mmrsicc.structures import IGNORED, ChangeDataSample, is_changed
from mmrsicc.utils.windows import cover

#: Edge of the windows that large images are cut into, that of captioning data sets, in pixels.
WINDOW = 256

_TILING = ("tile_size", "tile_overlap")


@dataclass(frozen=True)
class PairSet:
    """Pairs in memory.

    Attributes:
        name: What they are called.
        images: N pairs, (2, 3, H, W) uint8 RGB each.
        flags: (N,) 1 changed, 0 unchanged, -1 unknown.
        files: (N,) what each was cut from; pairs of one file are not independent.
    """

    name: str
    images: list[Tensor]
    flags: np.ndarray
    files: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    @property
    def file_count(self) -> int:
        """Number of files that the pairs were cut from."""
        return len(np.unique(self.files))

    def part(self, start: int, stop: int) -> PairSet:
        """Some of them; they are in random order."""
        rows = slice(start, stop)
        return replace(
            self, images=self.images[rows], flags=self.flags[rows], files=self.files[rows]
        )

    def degraded(self, change: Callable[[Tensor], Tensor]) -> PairSet:
        """Pairs after a change of their pixels."""
        return replace(self, images=[change(pair) for pair in self.images])


def load_pairs(
    cfg: Config, splits: Sequence[str], name: str, count: int, size: int = WINDOW, seed: int = 0
) -> PairSet:
    """Pairs of some splits, loaded as for a test and cut into windows.

    Args:
        cfg: With a data loader per split; pipeline and tiling are those of ``test_dataloader``.
        splits: Names of the data loaders: ``train``, ``val``, ``test``.
        name: What to call them.
        count: Most pairs; drawn without order.
        size: Edge of a window in pixels; smaller images are taken whole.
        seed: Of the order.

    Raises:
        ValueError: If the config has no such data loader, or reads other bands than RGB.
    """
    init_default_scope(cfg.get("default_scope", "mmrsicc"))
    datasets = [_dataset(cfg, split) for split in splits]
    places = [(dataset, i) for dataset in datasets for i in range(len(dataset))]
    generator = np.random.default_rng(seed)
    images: list[Tensor] = []
    flags: list[int] = []
    files: list[str] = []
    for drawn in generator.permutation(len(places)):
        if len(images) >= count:
            break
        dataset, index = places[drawn]
        packed = dataset[index]
        sample = packed["data_samples"]
        dates = packed["inputs"]
        if any(date.dtype != torch.uint8 or len(date) != 3 for date in dates):
            raise ValueError(
                f"{sample.before_path} has other bands than 8-bit RGB, whose pixels are degraded: "
                "read pictures (LoadPair)"
            )
        pair = torch.stack(dates)
        height, width = pair.shape[-2:]
        windows = cover(width, height, size, overlap=0)
        for window in windows:
            rows, columns = window.slices
            images.append(pair[..., rows, columns].clone())
            flags.append(_flag(sample, window.slices, whole=len(windows) == 1))
            files.append(sample.before_path)
    # Shuffled, since the first windows may all be of one image.
    order = generator.permutation(len(images))[:count]
    return PairSet(name, [images[i] for i in order], np.array(flags)[order], np.array(files)[order])


def _dataset(cfg: Config, split: str) -> BaseDataset:
    """A split's, read as the test reads its own."""
    loaders = [cfg.get(f"{part}_dataloader") for part in (split, "test")]
    if None in loaders:
        raise ValueError(f"{cfg.filename} has no {split}_dataloader or no test_dataloader")
    chosen, test = (dict(loader.dataset) for loader in loaders)
    options = {key: value for key, value in chosen.items() if key not in _TILING}
    # A pipeline reads either whole images or tiles.
    tiling = {key: test[key] for key in _TILING if key in test}
    return DATASETS.build({**options, **tiling, "pipeline": test["pipeline"], "test_mode": True})


def _flag(sample: ChangeDataSample, window: tuple[slice, slice], whole: bool) -> int:
    """Flag of a window: what its mask says, else the pair's flag if the window is all of it.

    A window without a known pixel has no flag.
    """
    if "gt_mask" in sample:
        mask = sample.gt_mask[window]
        if bool((mask == IGNORED).all()):
            return -1
        return int(bool(is_changed(mask).any()))
    return int(sample.change_flag) if whole and "change_flag" in sample else -1
