"""Checkpoints: finding, safe reading, and loading with every tensor accounted for."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.utils.hub_files import read_model

#: Objects in which MMEngine's checkpoints store logs, under all of NumPy's names.
_LOGS = (
    *("mmengine.logging.history_buffer.HistoryBuffer", "builtins.getattr"),
    *("numpy.ndarray", "numpy.dtype", "numpy.dtypes.Float64DType", "numpy.dtypes.Int64DType"),
    *("numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct"),
    *("numpy._core.multiarray.scalar", "numpy._core.multiarray._reconstruct"),
)


class _LeftOut:
    """Placeholder for an object in a checkpoint that is neither tensor nor plain value."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass


def read_weights(path: str | Path, map_location: Any = "cpu") -> Any:
    """Content of a file of ``torch.save``: tensors and plain values, never code.

    Nothing else in this toolbox calls ``torch.load``: every checkpoint, of every kind, is read
    here, MMEngine's own loading included (:mod:`mmrsicc.utils.safe_loading`). Of MMEngine's own
    checkpoints the logs, which are objects, are left out.

    Args:
        path: The file.
        map_location: As for ``torch.load``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, packed, or holds more than weights.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no checkpoint at {path}: check the path")
    try:
        _check_archive(Path(path))
        with torch.serialization.safe_globals([(_LeftOut, name) for name in _LOGS]):
            content = torch.load(path, map_location=map_location, weights_only=True)
        _check_values(content, Path(path).stat().st_size)
        return content
    except Exception as error:  # A damaged or hostile file may raise any error.
        raise ValueError(
            f"{path} cannot be read as weights alone ({_reason(error)}): it is damaged, or holds "
            "objects whose loading could run foreign code. Get it again or, where you trust "
            "it, save its state dict again as {'state_dict': ...}"
        ) from error


def _check_archive(path: Path) -> None:
    """Refuses an archive that is damaged, or whose files are larger than itself.

    ``torch.load`` reads damaged weights without a word: it is built without the check of their
    checksums. ``torch.save`` packs nothing: a small file that unfolds could fill the memory.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > path.stat().st_size:
            raise ValueError(f"it is packed and unfolds to {unpacked:,} bytes")
        if (member := archive.testzip()) is not None:
            raise ValueError(f"the checksum of {member:.80} in it is wrong")


def _check_values(content: Any, most: int) -> None:
    """Refuses containers that unfold to more values than their file has bytes.

    A pickle may hold one container in many places, so that a text of it would fill the memory.
    """
    waiting = [content]
    while waiting:
        value = waiting.pop()
        most -= 1
        if most < 0:
            raise ValueError("it unfolds to more values than it has bytes")
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set):
            waiting += value


def _reason(error: Exception) -> str:
    """PyTorch's reason in one line, without its advice to load the file all the same."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("WeightsUnpickler")), None)
    reason = told or next(iter(lines), type(error).__name__)
    return reason.split(" was not an allowed")[0].split(". ")[0][:200]


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """A checkpoint of this toolbox, on the CPU: see :func:`read_weights`.

    Also one in safetensors, with its config beside it (:mod:`mmrsicc.utils.hub_files`).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, holds more than weights, or is no checkpoint.
    """
    checkpoint = read_model(path) if Path(path).suffix == ".safetensors" else read_weights(path)
    if not isinstance(checkpoint, dict) or "state_dict" not in checkpoint:
        raise ValueError(f"{path} has no 'state_dict': it is no checkpoint of this toolbox")
    weights, meta = checkpoint["state_dict"], checkpoint.get("meta")
    if not _are_weights(weights):
        raise ValueError(f"{path}: 'state_dict' must hold tensors by name: get the file again")
    if not isinstance(meta, dict | None):
        raise ValueError(f"{path}: 'meta' must be a dict: get the file again")
    return {**checkpoint, "meta": meta or {}}


def _are_weights(value: Any) -> bool:
    """Whether it holds tensors that can be copied into a model's, by name."""
    return isinstance(value, dict) and all(
        isinstance(name, str)
        and isinstance(tensor, Tensor)
        and tensor.layout is torch.strided
        and not (tensor.is_meta or tensor.is_quantized)
        for name, tensor in value.items()
    )


def find_checkpoint(pattern: str, made_by: str | None = None) -> Path:
    """The file that a path names, whose last part may be a glob pattern; the newest of several.

    Raises:
        FileNotFoundError: If none matches; with the command that makes it, where known.
    """
    path = Path(pattern)
    matches = [path] if path.is_file() else list(path.parent.glob(path.name))
    if not matches:
        advice = f"; make it with\n    {made_by}" if made_by else ""
        raise FileNotFoundError(f"no checkpoint matches {pattern}{advice}")
    return max(matches, key=lambda match: match.stat().st_mtime)


def check_source(content: Mapping[str, Any], source_dataset: str | None, path: str | Path) -> None:
    """Checks that a detector's checkpoint was trained on the data that a config says.

    Raises:
        ValueError: If it says another; one that says nothing passes.
    """
    source = content.get("meta", {}).get("dataset_meta", {}).get("source_dataset")
    if source not in (None, source_dataset):
        raise ValueError(
            f"{path} was trained on {source!r}, the config says source_dataset="
            f"{source_dataset!r}: correct the one that is wrong"
        )


def load_weights(model: nn.Module, state_dict: Mapping[str, Tensor], source: str | Path) -> None:
    """Loads a state dict with every key and shape accounted for.

    Raises:
        ValueError: If keys are missing or left over, or shapes differ; names the first of them.
    """
    own = model.state_dict()
    faults = [f"missing {key}" for key in own if key not in state_dict]
    faults += [f"left over {key}" for key in state_dict if key not in own]
    faults += [
        f"{key} is {tuple(value.shape)}, the model needs {tuple(own[key].shape)}"
        for key, value in state_dict.items()
        if key in own and own[key].shape != value.shape
    ]
    if faults:
        listed = "\n    ".join(faults[:10])
        raise ValueError(
            f"{source} does not fit the model, give the config that it was trained with "
            f"({len(faults)} keys differ):\n    {listed}"
        )
    model.load_state_dict(state_dict)
