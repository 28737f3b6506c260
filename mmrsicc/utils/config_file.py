"""Config files, read with the options of a command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine import Config

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
