"""Hooks of the runner and its optimiser, beyond MMEngine's."""

from mmrsicc.engine import hooks
from mmrsicc.engine.optimizer_constructor import SparingDecayConstructor

__all__ = ["SparingDecayConstructor", "hooks"]
