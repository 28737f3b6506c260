"""Names of a package that are imported when they are asked for."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any


def late_import(module: str, name: str, names: Sequence[str]) -> Any:
    """Attribute ``name`` of a module, imported on access: for ``__getattr__`` (PEP 562).

    Args:
        module: Full name of the module that defines it.
        name: What is asked for.
        names: Those of the package, its ``__all__``.

    Raises:
        AttributeError: It is none of them.
    """
    if name not in names:
        raise AttributeError(f"module {module.rpartition('.')[0]!r} has no attribute {name!r}")
    return getattr(import_module(module), name)
