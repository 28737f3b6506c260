"""Kept features of frozen networks, computed once for the same images."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor, nn

from mmrsicc.utils import atomic_path
from mmrsicc.utils.checkpoint import read_weights

#: Groups of maps, such as those of the first date, of the second and of the difference.
Groups = tuple[tuple[Tensor, ...], ...]


class FeatureCache:
    """Maps of a frozen network by the pixels of its images.

    Images are known by the hash of their pixels, of the network's weights and settings and of the
    precision, so that other weights and augmented images get maps of their own. What is kept is
    exactly what the network gave when it first saw the images. Nothing is dropped to free memory:
    in a training that goes through all pairs in turn, that finds more than dropping what was used
    last.

    Args:
        memory_gib: Most GiB of features in memory.
        folder: Folder for those that do not fit there, and for the next run; None: none.
        disk_gib: Most GiB of features in ``folder``, of which each process adds what it finds.
    """

    def __init__(
        self, memory_gib: float = 4.0, folder: str | Path | None = None, disk_gib: float = 64.0
    ) -> None:
        self.memory = self.memory_left = int(memory_gib * 2**30)
        self.disk_left = int(disk_gib * 2**30)
        self.folder = None if folder is None else Path(folder)
        if self.folder is not None:
            self.disk_left -= sum(file.stat().st_size for file in self.folder.glob("*.pt"))
        self._kept: dict[str, Groups] = {}
        self._versions: list[tuple[int, int]] = []
        self._network_mark = b""

    def __call__(
        self, network: nn.Module, compute: Callable[..., Groups], *images: Tensor
    ) -> Groups:
        """Maps of images (B, C, H, W); the network sees those that are new.

        Args:
            network: Frozen, in eval mode.
            compute: Calls it with images, returns groups of maps (B, ...).
            *images: As ``compute`` takes them: one batch, or one of each date.
        """
        names = self._names(network, *images)
        rows = [self._find(name) for name in names]
        missing = [i for i, row in enumerate(rows) if row is None]
        if missing:
            found = compute(*(batch[missing] for batch in images))
            for number, i in enumerate(missing):
                row = tuple(tuple(m[number].cpu().clone() for m in maps) for maps in found)
                rows[i] = row
                self._keep(names[i], row)
                self._write(names[i], row)
        device = images[0].device
        groups = zip(*(row for row in rows if row is not None), strict=True)
        return tuple(
            tuple(_stacked(maps, device) for maps in zip(*group, strict=True)) for group in groups
        )

    def _names(self, network: nn.Module, *images: Tensor) -> list[str]:
        """A name for each row of the batch, of the network, the precision and the pixels."""
        kind, first = images[0].device.type, images[0]
        precision = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        start = self._mark(network) + repr((precision, first.dtype, first.shape[1:])).encode()
        names = []
        for row in zip(*(batch.cpu() for batch in images), strict=True):
            digest = blake2b(start, digest_size=20)
            for image in row:
                digest.update(_bytes(image))
            names.append(digest.hexdigest())
        return names

    def _mark(self, network: nn.Module) -> bytes:
        """A hash of a network's settings and weights, computed again where one was written to.

        What writes through ``.data`` is not noticed; nothing here does once training has begun.
        """
        tensors = [*network.parameters(), *network.buffers()]
        versions = [(id(tensor), tensor._version) for tensor in tensors]
        if versions != self._versions:
            digest = blake2b(repr((network, *_settings(network))).encode())
            for tensor in tensors:
                digest.update(_bytes(tensor.detach().cpu()))
            self._versions, self._network_mark = versions, digest.digest()
            self._kept, self.memory_left = {}, self.memory
        return self._network_mark

    def _find(self, name: str) -> Groups | None:
        if name in self._kept:
            return self._kept[name]
        if self.folder is None or not (path := self.folder / f"{name}.pt").is_file():
            return None
        try:
            row = tuple(map(tuple, read_weights(path)["groups"]))
        except (ValueError, KeyError, TypeError):  # A damaged entry is computed and written again.
            return None
        self._keep(name, row)
        return row

    def _keep(self, name: str, row: Groups) -> None:
        """Keeps the maps of an image in memory, if they fit."""
        size = _size(row)
        if name not in self._kept and size <= self.memory_left:
            self.memory_left -= size
            self._kept[name] = row

    def _write(self, name: str, row: Groups) -> None:
        """Writes the maps of an image to disk, if they fit; a full disk ends the writing alone."""
        size = _size(row)
        if self.folder is None or size > self.disk_left:
            return
        self.disk_left -= size
        try:
            with atomic_path(self.folder / f"{name}.pt") as path:
                torch.save({"groups": row}, path)
        except (OSError, RuntimeError) as error:  # The latter is torch's for a full disk.
            self.disk_left = 0
            print_log(
                f"features are no longer kept on disk, since {self.folder} could not be written: "
                f"{error}",
                logger="current",
                level=logging.WARNING,
            )


def _settings(network: nn.Module) -> list[tuple[str, str, Any]]:
    """Settings of the modules, which their layers and weights need not tell."""
    return [
        (name, key, _plain(value))
        for name, module in network.named_modules()
        for key, value in sorted(vars(module).items())
        if not key.startswith("_")
    ]


def _plain(value: Any) -> Any:
    """A setting whose text is the same in every process; functions and objects by their kind."""
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (int, float, str, type(None))):
        return value
    return getattr(value, "__qualname__", type(value).__qualname__)


def _bytes(tensor: Tensor) -> Any:
    """The raw content of a tensor on the CPU."""
    return tensor.contiguous().flatten().view(torch.uint8).numpy()


def _size(row: Groups) -> int:
    """Bytes of one row's maps."""
    return sum(m.nbytes for maps in row for m in maps)


def _stacked(maps: Sequence[Tensor], device: torch.device) -> Tensor:
    """One map of all rows of a batch on its device."""
    batch = torch.stack(list(maps))
    if not maps[0].is_contiguous():  # Another memory layout would change rounding.
        batch = batch.contiguous(memory_format=torch.channels_last)
    return batch.to(device, non_blocking=True)
