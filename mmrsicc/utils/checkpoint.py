"""Checkpoints: found, read without running code in them, and loaded without leftovers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn


def read_weights(path: str | Path, map_location: Any = "cpu") -> Any:
    """Content of a file of ``torch.save``: tensors and plain values, never code.

    Args:
        path: The file.
        map_location: As for ``torch.load``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or holds more than weights.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    try:
        return torch.load(path, map_location=map_location, weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(
            f"{path} cannot be read as weights alone: it is damaged, or holds objects whose "
            "loading could run foreign code. Where you trust it, save its state dict anew as "
            f"{{'state_dict': ...}}.\n{error}"
        ) from error


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """A checkpoint of this toolbox, on the CPU: see :func:`read_weights`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, holds more than weights, or has no state dict.
    """
    checkpoint = read_weights(path)
    if not isinstance(checkpoint, dict) or "state_dict" not in checkpoint:
        raise ValueError(f"{path} has no 'state_dict': it is no checkpoint of this toolbox")
    return checkpoint


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
    """Makes sure that a detector's checkpoint was trained on the data that a config says.

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
            f"{source} does not fit the model ({len(faults)} keys differ):\n    {listed}\n"
            "Give the config that it was trained with."
        )
    model.load_state_dict(state_dict)
