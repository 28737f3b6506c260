"""Hooks, optimisers and schedules of the runner, beyond MMEngine's."""

from mmrsicc.engine import hooks
from mmrsicc.engine.optim_wrapper import BFloat16OptimWrapper
from mmrsicc.engine.optimizer_constructor import SparingDecayConstructor
from mmrsicc.engine.schedulers import OneCycleLR

__all__ = ["BFloat16OptimWrapper", "OneCycleLR", "SparingDecayConstructor", "hooks"]
