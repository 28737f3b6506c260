"""The config that a checkpoint was trained with, read without running anything in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine import Config

from mmrsicc.utils.plain_config import plain_config

#: Name of a component, alone or with the scope of a known package. With a longer path or a
#: function's name, MMEngine would import and call any object of that name.
_COMPONENT = re.compile(r"((mmrsicc|mmengine|mmcv|mmpretrain|mmseg|mmdet|opencd)\.)?[A-Z]\w*")


def checkpoint_config(checkpoint: dict[str, Any], source: str | Path) -> Config:
    """The config in a checkpoint's ``meta["cfg"]``, where MMEngine puts its text.

    Running that text, as reading a config file does, would run foreign code: here it is only
    read, and what it asks to build must be a component by name.

    Args:
        checkpoint: From :func:`mmrsicc.utils.checkpoint.read_checkpoint`.
        source: Its file, for messages.

    Raises:
        ValueError: If there is no config, or it holds more than plain values, or it names what is
            no component of the toolbox or of OpenMMLab's packages.
    """
    text = checkpoint.get("meta", {}).get("cfg")
    if not isinstance(text, str):
        raise ValueError(f"{source} holds no config: give the config file that it was trained with")
    try:
        values = plain_config(text)
    except ValueError as error:
        raise ValueError(
            f"the config in {source} {error}: give the config file that it was trained with"
        ) from error
    # Training settings are unused, and type="value" of gradient clipping is no component.
    built = {key: value for key, value in values.items() if key != "optim_wrapper"}
    for name in _types(built):
        if not (isinstance(name, str) and _COMPONENT.fullmatch(name)):
            raise ValueError(
                f"the config in {source} names {name!r:.80}, which is no component: where you "
                "trust the file, give the config file that it was trained with"
            )
    if values.get("custom_imports"):
        raise ValueError(
            f"the config in {source} has custom_imports, which are not followed from a checkpoint: "
            "give the config file that it was trained with"
        )
    return Config(values)


def _types(value: Any) -> Iterator[Any]:
    """All values of ``type`` in a nest of dicts and lists."""
    if isinstance(value, dict):
        if "type" in value:
            yield value["type"]
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _types(item)
