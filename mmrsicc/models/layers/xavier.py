"""The random weights that published captioners begin with."""

from torch import nn


def xavier_matrices(module: nn.Module) -> None:
    """Fills every parameter with two axes or more anew (Glorot and Bengio 2010), uniformly."""
    for parameter in module.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
