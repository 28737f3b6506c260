"""Kept features of a frozen change detector, each pair's computed once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.structures import ChangeFeatures
from mmrsicc.utils import atomic_path
from mmrsicc.utils.checkpoint import read_weights

Maps = tuple[Tensor, ...]


class DetectorCache:
    """Features of a frozen change detector by the pixels of the pair.

    A pair is known by the hash of its raw pixels, of the detector's weights and settings and of the
    precision, so that other weights and augmented images get features of their own. What is kept is
    exactly what the detector gave when it first saw the pair. Nothing is dropped to make room: in a
    training that goes through all pairs in turn, that finds more than dropping what was used last.

    Args:
        memory_gib: Most GiB of features in memory.
        folder: Folder for those that find no room there, and for the next run; None: none.
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
        self._kept: dict[str, ChangeFeatures] = {}
        self._versions: list[tuple[int, int]] = []
        self._detector_mark = b""

    def __call__(self, detector: Any, before: Tensor, after: Tensor) -> ChangeFeatures:
        """Features of raw images (B, C_t, H, W); the detector sees those that are new.

        Args:
            detector: Frozen, in eval mode, with ``extract``.
            before: Images of the first date.
            after: Images of the second date.
        """
        names = self._names(detector, before, after)
        rows = [self._find(name) for name in names]
        missing = [i for i, row in enumerate(rows) if row is None]
        if missing:
            found = detector.extract(before[missing].float(), after[missing].float())
            for number, i in enumerate(missing):
                rows[i] = row = _row(found, number)
                self._keep(names[i], row)
                self._write(names[i], row)
        return _stacked([row for row in rows if row is not None], before.device)

    def _names(self, detector: nn.Module, before: Tensor, after: Tensor) -> list[str]:
        """A name for each pair, of the detector, the precision and the pixels."""
        kind = before.device.type
        precision = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None
        start = self._mark(detector) + repr((precision, before.dtype, before.shape[1:])).encode()
        names = []
        for pair in zip(before.cpu(), after.cpu(), strict=True):
            digest = blake2b(start, digest_size=20)
            for image in pair:
                digest.update(_bytes(image))
            names.append(digest.hexdigest())
        return names

    def _mark(self, detector: nn.Module) -> bytes:
        """A hash of a detector's settings and weights, computed anew where one was written to.

        What writes through ``.data`` is not noticed; nothing here does once training has begun.
        """
        tensors = [*detector.parameters(), *detector.buffers()]
        versions = [(id(tensor), tensor._version) for tensor in tensors]
        if versions != self._versions:
            digest = blake2b(repr((detector, _settings(detector))).encode())
            for tensor in tensors:
                digest.update(_bytes(tensor.detach().cpu()))
            self._versions, self._detector_mark = versions, digest.digest()
            self._kept, self.memory_left = {}, self.memory
        return self._detector_mark

    def _find(self, name: str) -> ChangeFeatures | None:
        if name in self._kept:
            return self._kept[name]
        if self.folder is None or not (path := self.folder / f"{name}.pt").is_file():
            return None
        try:
            row = ChangeFeatures(**read_weights(path))
        except (ValueError, TypeError):  # Damaged: it is computed and written anew.
            return None
        self._keep(name, row)
        return row

    def _keep(self, name: str, row: ChangeFeatures) -> None:
        """In memory, where there is room."""
        size = _size(row)
        if name not in self._kept and size <= self.memory_left:
            self.memory_left -= size
            self._kept[name] = row

    def _write(self, name: str, row: ChangeFeatures) -> None:
        """On disk, where there is room."""
        size = _size(row)
        if self.folder is not None and size <= self.disk_left:
            self.disk_left -= size
            with atomic_path(self.folder / f"{name}.pt") as path:
                torch.save(vars(row), path)


def _settings(detector: nn.Module) -> list[tuple[str, str, Any]]:
    """What the modules were built with, of which their layers and weights need not tell."""
    return [
        (name, key, value)
        for name, module in detector.named_modules()
        for key, value in sorted(vars(module).items())
        if isinstance(value, (int, float, str, tuple)) and not key.startswith("_")
    ]


def _bytes(tensor: Tensor) -> Any:
    """The raw content of a tensor on the CPU."""
    return tensor.contiguous().flatten().view(torch.uint8).numpy()


def _size(row: ChangeFeatures) -> int:
    """Bytes of one pair's features."""
    logits = () if row.logits is None else (row.logits,)
    maps = (*row.before, *row.after, *(row.difference or ()), *logits)
    return sum(m.nbytes for m in maps)


def _row(features: ChangeFeatures, number: int) -> ChangeFeatures:
    """One pair's features on the CPU, without the batch axis."""

    def own(maps: Maps) -> Maps:
        return tuple(m[number].cpu().clone() for m in maps)

    return ChangeFeatures(
        own(features.before),
        own(features.after),
        None if features.difference is None else own(features.difference),
        None if features.logits is None else own((features.logits,))[0],
    )


def _stacked(rows: Sequence[ChangeFeatures], device: torch.device) -> ChangeFeatures:
    """The features of a batch of pairs on its device."""

    def stack(*maps: Tensor) -> Tensor:
        batch = torch.stack(maps)
        if not maps[0].is_contiguous():  # Another layout would round otherwise further on.
            batch = batch.contiguous(memory_format=torch.channels_last)
        return batch.to(device, non_blocking=True)

    def every(name: str) -> Maps:
        return tuple(map(stack, *(getattr(row, name) for row in rows)))

    logits = [row.logits for row in rows if row.logits is not None]
    return ChangeFeatures(
        every("before"),
        every("after"),
        None if rows[0].difference is None else every("difference"),
        stack(*logits) if logits else None,
    )
