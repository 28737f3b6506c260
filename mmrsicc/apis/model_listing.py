"""The models that come with the toolbox, by name."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path

import torch
from mmengine import Config

from mmrsicc import shipped
from mmrsicc.apis.captioning import init_captioner
from mmrsicc.apis.hub import download, is_hub_name
from mmrsicc.models import ChangeCaptioner
from mmrsicc.utils.config_file import config_path, shipped_configs

#: Folders of configs that are no captioners; reading them all to find out takes long.
_NO_CAPTIONERS = ("baselines", "change_detection")

#: Suffixes of checkpoint files.
_CHECKPOINTS = (".pth", ".pt", ".safetensors")


def list_models(pattern: str | None = None) -> list[str]:
    """Names of the models that come with their weights, and of the captioners among the configs.

    Such as ``dfm-small`` and ``dfm_levircc``.

    Args:
        pattern: Glob pattern that a name must match, such as ``"dfm_*"``.

    Raises:
        FileNotFoundError: If the configs are not there.
    """
    configs = {name for name, path in _configs().items() if path.parent.name not in _NO_CAPTIONERS}
    names = {*shipped.shipped_models(), *configs}
    return sorted(name for name in names if pattern is None or fnmatch(name, pattern))


def get_model(
    name: str,
    pretrained: str | Path | None = None,
    device: str | torch.device = "cpu",
) -> ChangeCaptioner:
    """A captioner by its name.

    Args:
        name: One of :func:`list_models`, ``ORG/MODEL`` of the Hugging Face Hub, or a config file.
        pretrained: Checkpoint file. None for the weights that come with the model, or for random
            ones: the vocabulary is then counted in the config's data set, which must be there.
        device: Where to run.

    Raises:
        FileNotFoundError: If config, checkpoint or, without a checkpoint, the data set's caption
            file is missing.
        ValueError: If the name is not known or the checkpoint does not fit.
    """
    if pretrained is None and str(name) in shipped.shipped_models():
        return init_captioner(None, shipped.shipped_models()[str(name)], device)
    if pretrained is None and is_hub_name(name):
        return init_captioner(None, download(name), device)
    return init_captioner(find_config(name), pretrained, device)


def find_model(
    model: str | Path | Config | None = None, weights: str | Path | None = None
) -> tuple[str | Path | Config | None, Path]:
    """Config and checkpoint that a user means.

    Args:
        model: A name of :func:`list_models`, ``ORG/MODEL`` of the Hugging Face Hub, a config, its
            file, or a checkpoint file that holds its config. None for the one in ``weights`` or,
            without these, the default model of :mod:`mmrsicc.shipped`.
        weights: Checkpoint file; left out where ``model`` brings it.

    Returns:
        The config, None for the checkpoint's own; and the checkpoint's file.

    Raises:
        FileNotFoundError: If there is no such config, or no default model.
        ValueError: If no model has the name, or the config has no weights.
    """
    if model is None:
        return None, shipped.default_model() if weights is None else Path(weights)
    if isinstance(model, Config):
        if weights is None:
            raise ValueError(f"{model.filename or 'a Config'} needs weights: give a checkpoint too")
        return model, Path(weights)
    if weights is not None:
        return find_config(model), Path(weights)
    if Path(model).suffix in _CHECKPOINTS:
        return None, Path(model)
    if str(model) in shipped.shipped_models():
        return None, shipped.shipped_models()[str(model)]
    if is_hub_name(model):
        return None, download(str(model))
    find_config(model)
    raise ValueError(f"{model} needs weights: give a checkpoint file too")


def names_model(word: str) -> bool:
    """Whether a word of a command line is a model's name or the file of a config or checkpoint."""
    files = (*_CHECKPOINTS, ".py")
    return Path(word).suffix in files or word in shipped.shipped_models() or word in _configs()


def find_config(name: str | Path) -> Path:
    """The config file that a name of :func:`list_models`, or a path, means.

    Raises:
        FileNotFoundError: If there is no such file, or the configs are not there.
        ValueError: If no config has the name.
    """
    if Path(name).suffix == ".py":
        return config_path(name)
    configs = _configs()
    if str(name) in shipped.shipped_models():
        raise ValueError(f"{name} comes with its weights and has no config: leave the weights out")
    if str(name) not in configs:
        near = get_close_matches(str(name), list_models())
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(
            f"no model {str(name)!r}: {meant}give a config file, or a name that mmrsicc info lists"
        )
    return configs[str(name)]


def _configs() -> dict[str, Path]:
    """Config files by their stems, those that others are based on left out."""
    folder = shipped_configs()
    if not (folder / "_base_" / "default_runtime.py").is_file():
        raise FileNotFoundError(
            f"no configs in {folder}: install the package again, from its repository with "
            "`pip install -e .`, or give a config file"
        )
    files = folder.glob("*/*.py")
    return {path.stem: path for path in sorted(files) if path.parent.name != "_base_"}
