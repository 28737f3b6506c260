"""Initialisation of weights."""

import math

from torch import nn


def init_linear(module: nn.Module) -> None:
    """Initialises one module, for ``Module.apply``, if it is a linear map or LayerNorm.

    Linear maps from a normal distribution of deviation 0.02, cut at two; no bias; normalisations as
    identity.
    """
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
    elif isinstance(module, nn.LayerNorm):
        nn.init.ones_(module.weight)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)


def init_transformer(module: nn.Module) -> None:
    """Initialises as :func:`init_linear`, and convolutions by their fan-out (He et al. 2015)."""
    init_linear(module)
    if isinstance(module, nn.Conv2d):
        height, width = module.kernel_size
        fan_out = height * width * module.out_channels // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2.0 / fan_out))
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def xavier_matrices(module: nn.Module) -> None:
    """Initialises every parameter with two axes or more (Glorot and Bengio 2010), uniformly."""
    for parameter in module.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
