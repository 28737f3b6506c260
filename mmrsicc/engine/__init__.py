"""Hooks of the runner, beyond MMEngine's."""

from mmrsicc.engine import hooks

__all__ = ["hooks"]
