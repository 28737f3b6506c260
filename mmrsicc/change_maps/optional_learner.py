"""scikit-learn, where it is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def scikit_learn(module: str) -> Any:
    """A module of scikit-learn, such as ``svm``.

    Raises:
        ImportError: It is not installed; says how.
    """
    try:
        return import_module(f"sklearn.{module}")
    except ImportError as error:
        raise ImportError(
            'this method needs scikit-learn: pip install "mmrsicc[detect]"'
        ) from error
