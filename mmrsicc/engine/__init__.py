"""What the runner does at its stops, beyond what MMEngine has."""

from mmrsicc.engine import hooks

__all__ = ["hooks"]
