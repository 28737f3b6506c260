"""What the runner does at its stops, and how it builds its optimiser, beyond what MMEngine has."""

from mmrsicc.engine import hooks
from mmrsicc.engine.optimizer_constructor import SparingDecayConstructor

__all__ = ["SparingDecayConstructor", "hooks"]
