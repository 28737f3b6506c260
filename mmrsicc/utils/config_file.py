"""Config files, read with the options of a command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine import Config
from mmengine.utils import import_modules_from_strings

from mmrsicc.utils.quiet import warnings_only


def read_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """A config file with its bases and, over them, options by dotted key.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no Python.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"no config at {path}: name a config file, such as configs/*/*.py")
    try:
        # MMEngine logs each variable of the environment that a config names.
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
