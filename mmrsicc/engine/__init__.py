"""Hooks of the runner and its optimiser, beyond MMEngine's."""

from mmrsicc.engine import hooks
from mmrsicc.engine.optim_wrapper import BFloat16OptimWrapper
from mmrsicc.engine.optimizer_constructor import SparingDecayConstructor

__all__ = ["BFloat16OptimWrapper", "SparingDecayConstructor", "hooks"]
