"""The models that come with the toolbox, by name."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import torch

from mmrsicc.apis.captioning import init_captioner
from mmrsicc.models import ChangeCaptioner
from mmrsicc.utils.config_file import config_path, read_config, shipped_folder


def list_models(pattern: str | None = None) -> list[str]:
    """Names of the captioners among the configs, such as ``dfm_levircc``.

    Args:
        pattern: Glob pattern that a name must match, such as ``"dfm_*"``.

    Raises:
        FileNotFoundError: If the configs are not there.
    """
    names = [name for name, path in _configs().items() if _is_captioner(path)]
    return sorted(name for name in names if pattern is None or fnmatch(name, pattern))


def get_model(
    name: str,
    pretrained: str | Path | None = None,
    device: str | torch.device = "cpu",
) -> ChangeCaptioner:
    """A captioner by its name.

    Args:
        name: One of :func:`list_models`, or a config file.
        pretrained: Checkpoint file. None for random weights: the vocabulary is then counted in the
            config's data set, which must be there.
        device: Where to run.

    Raises:
        FileNotFoundError: If config, checkpoint or, without a checkpoint, the data set's caption
            file is missing.
        ValueError: If the name is not known or the checkpoint does not fit.
    """
    return init_captioner(find_config(name), pretrained, device)


def find_config(name: str | Path) -> Path:
    """The config file that a name of :func:`list_models`, or a path, means.

    Raises:
        FileNotFoundError: If there is no such file, or the configs are not there.
        ValueError: If no config bears the name.
    """
    if Path(name).suffix == ".py":
        return config_path(name)
    configs = _configs()
    if str(name) not in configs:
        raise ValueError(
            f"no model {str(name)!r}: give one of {', '.join(list_models())}, or a config file"
        )
    return configs[str(name)]


def _configs() -> dict[str, Path]:
    """Config files by their stems, those that others are based on left out."""
    folder = shipped_folder("configs")
    if not (folder / "_base_" / "default_runtime.py").is_file():
        raise FileNotFoundError(
            f"no configs in {folder}: install the package again, from its repository with "
            "`pip install -e .`, or give a config file"
        )
    files = folder.glob("*/*.py")
    return {path.stem: path for path in sorted(files) if path.parent.name != "_base_"}


def _is_captioner(path: Path) -> bool:
    model = read_config(path).get("model") or {}
    return model.get("type") == "ChangeCaptioner"
