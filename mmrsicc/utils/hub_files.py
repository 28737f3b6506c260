"""A model as the Hugging Face Hub keeps it: tensors in one file, everything else in another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrsicc.utils.files import atomic_path
from mmrsicc.utils.text_files import read_json

#: Weights, in the format safetensors, and what stands in a checkpoint's ``meta``.
WEIGHTS, CONFIG = "model.safetensors", "config.json"


def write_model(content: Mapping[str, Any], folder: str | Path) -> Path:
    """Writes a checkpoint as :data:`WEIGHTS` and :data:`CONFIG`.

    Args:
        content: ``state_dict`` and ``meta``, tensors and plain values alone.
        folder: Made if it is not there.

    Returns:
        The file of the weights.
    """
    from safetensors.torch import save_file

    folder = Path(folder)
    # Both replace older files only once both are written: they would not fit each other.
    with atomic_path(folder / WEIGHTS) as weights_path, atomic_path(folder / CONFIG) as config_path:
        values = {"library_name": "mmrsicc", **content["meta"]}
        config_path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        # Tensors that share memory would be refused.
        weights = {name: t.detach().cpu().clone() for name, t in content["state_dict"].items()}
        save_file(weights, weights_path, metadata={"format": "pt"})
    return folder / WEIGHTS


def read_model(path: str | Path) -> dict[str, Any]:
    """``state_dict`` and ``meta`` of a model's two files; nothing in them is executed.

    The config of the model is text in ``meta["cfg"]``, as in a checkpoint, and is read as that is:
    :func:`mmrsicc.apis.checkpoint_config.checkpoint_config`.

    Args:
        path: The file of the weights; :data:`CONFIG` lies beside it.

    Raises:
        FileNotFoundError: One of them is missing.
        ValueError: One of them is damaged.
    """
    from safetensors.torch import load_file

    if not Path(path).is_file():
        raise FileNotFoundError(f"no weights at {path}: check the path")
    config = Path(path).with_name(CONFIG)
    if not config.is_file():
        raise FileNotFoundError(f"{path} needs {CONFIG} beside it: get both files")
    try:
        weights = load_file(path)
    except Exception as error:  # A damaged or hostile file may raise any error.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(
            f"{path} cannot be read as safetensors ({reason:.200}): get it again"
        ) from error
    if not isinstance(meta := read_json(config), dict):
        raise ValueError(f"{config} must hold an object: get it again")
    return {"state_dict": weights, "meta": meta}
