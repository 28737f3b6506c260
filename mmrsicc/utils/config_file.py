"""Config files, read with the options of a command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.utils import import_modules_from_strings

from mmrsicc.utils.quiet import warnings_only

_PACKAGE = Path(__file__).parents[1]


def shipped_configs() -> Path:
    """The folder ``configs`` that comes with the toolbox, there or not.

    It is inside the package in a wheel, where OpenMMLab's MIM looks for it, and beside the package
    in a checkout, which ``pip install -e`` uses.
    """
    inside = _PACKAGE / ".mim" / "configs"
    return inside if inside.is_dir() else _PACKAGE.parent / "configs"


def config_path(path: str | Path) -> Path:
    """A config file by its path: in the working directory, or ``configs/...`` of the toolbox.

    Raises:
        FileNotFoundError: There is no such file.
    """
    folder, *below = Path(path).parts or [""]
    shipped = shipped_configs().joinpath(*below)
    if not Path(path).is_file() and folder == "configs" and shipped.is_file():
        return shipped
    if not Path(path).is_file():
        raise FileNotFoundError(f"no config at {path}: name a config file, such as configs/*/*.py")
    return Path(path)


def read_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """A config file with its bases and, over them, options by dotted key.

    One that is not there is looked for among the toolbox's own, see :func:`config_path`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no Python.
    """
    path = config_path(path)
    try:
        # MMEngine logs each environment variable that a config names.
        with warnings_only():
            cfg = Config.fromfile(path)
    except SyntaxError as error:
        raise ValueError(f"{path} is not valid Python ({error}): correct that line") from error
    cfg.merge_from_dict(dict(options or {}))
    return cfg


def merged_config(base: str | Path, change: Mapping[str, Any]) -> Config:
    """A config file with a change, as configs inherit: ``_delete_`` replaces a dict whole.

    Raises:
        ValueError: If the change has a dict where the config has a list.
    """
    cfg = read_config(base)
    try:
        cfg.merge_from_dict(copy.deepcopy(dict(change)))
    except TypeError as error:
        raise ValueError(
            f"{base} has a list or a value where the change has a dict ({error}): give a list in "
            "the change, too, or add _delete_=True to its dict"
        ) from error
    return cfg


def import_parts(cfg: Config) -> None:
    """Imports a config's ``custom_imports``, as reading its file does; a new process has not."""
    if imports := cfg.get("custom_imports"):
        import_modules_from_strings(**imports)
