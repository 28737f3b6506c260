"""Losses of change masks by config, checked together."""

from collections.abc import Sequence

from torch import nn

from mmrsicc.registry import MODELS


def build_mask_losses(configs: Sequence[dict], num_classes: int = 2) -> nn.ModuleList:
    """Builds losses whose terms are to be summed.

    Args:
        configs: Of the losses.
        num_classes: Classes of the mask, with "unchanged".

    Raises:
        ValueError: If two are of one kind, or one cannot tell so many classes.
    """
    losses = nn.ModuleList(MODELS.build(config) for config in configs)
    names = [loss.name for loss in losses]
    if len(set(names)) < len(names):
        raise ValueError(f"two losses of one kind in {names}: give one, with its weight")
    binary = [type(loss).__name__ for loss in losses if getattr(loss, "binary", False)]
    if num_classes != 2 and binary:
        raise ValueError(
            f"{binary[0]} tells changed from unchanged, not num_classes={num_classes}: give "
            "BCELoss or LovaszLoss"
        )
    return losses
