"""Fused attention in models of other packages."""

from typing import Any

from torch import nn


def leave_out_weights(model: nn.Module) -> None:
    """Makes PyTorch's attention modules in a model return no attention weights.

    MMSegmentation's MixVisionTransformer drops the weights but does not say so, and with them
    PyTorch runs no fused kernel: it makes and averages a (places, places) matrix of each head.
    """
    for part in model.modules():
        if isinstance(part, nn.MultiheadAttention):
            part.register_forward_pre_hook(_without_weights, with_kwargs=True)


def _without_weights(
    _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, {"need_weights": False, **kwargs}
