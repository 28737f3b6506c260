"""Parts of a model, built with what they ask for."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from mmrsicc.registry import MODELS


def build_part(config: Mapping[str, Any], **facts: Any) -> Any:
    """Builds a part and tells it those facts about its neighbours that its signature names.

    A value in the config goes before a fact of the same name.

    Args:
        config: Config of the part, with ``type``.
        **facts: What is known of the parts around it, such as ``in_channels``.
    """
    asked = _parameters(config["type"])
    known = {name: value for name, value in facts.items() if name in asked}
    return MODELS.build({**known, **config})


def part_class(config: Mapping[str, Any]) -> Any:
    """The class of a part."""
    kind = config["type"]
    return MODELS.get(kind) if isinstance(kind, str) else kind


def reads_change(neck: Any) -> bool:
    """Whether a neck is called with a change detector's features."""
    return "change" in inspect.signature(neck.forward).parameters


def _parameters(kind: Any) -> set[str]:
    """Names of the arguments of a class, with those that it passes on by ``**kwargs``."""
    found: set[str] = set()
    for cls in inspect.getmro(part_class({"type": kind})):
        if (init := vars(cls).get("__init__")) is None:
            continue
        parameters = inspect.signature(init).parameters.values()
        found.update(parameter.name for parameter in parameters)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            break
    return found
