"""Optimiser constructor: weight decay for weight matrices alone."""

from __future__ import annotations

import re
from typing import Any

from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from mmrsicc.registry import OPTIM_WRAPPER_CONSTRUCTORS

#: Names of parameters without weight decay: position and date embeddings, learned tokens and
#: queries, state space rates, one weight per channel.
_TABLES = re.compile(
    r"(^|\.)(position|positions\.weight|position_embedding\.weight|pos_embed|absolute_pos_embed"
    r"|relative_position_bias_table|rows\.weight|columns\.weight|dates|dates\.weight|flag\.weight"
    r"|scale_embedding|query|cls_token|prompts|contexts|summary|summaries|frame|A_logs?|log_rates"
    r"|dissimilarity_weight)$"
)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class SparingDecayConstructor(DefaultOptimWrapperConstructor):
    """Weight decay of weights alone: matrices, convolutions and word vectors.

    Norms, biases, temperatures, positions and the rates of state spaces say how large or where
    something is: drawing them to zero changes what they mean. Recipes of published methods that
    decay everything keep MMEngine's ``DefaultOptimWrapperConstructor``.

    Parameters of one rate and decay are one group, so that a fused optimiser changes them at once.

    Args:
        optim_wrapper_cfg: Config of the optimiser's wrapper.
        paramwise_cfg: ``custom_keys`` alone, with a ``lr_mult`` for each part of a parameter's
            name, as MMEngine has it.

    Raises:
        ValueError: If ``paramwise_cfg`` says something else.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        keys = (paramwise_cfg or {}).get("custom_keys", {})
        more = set(paramwise_cfg or {}) - {"custom_keys"}
        if more or any(set(options) - {"lr_mult"} for options in keys.values()):
            raise ValueError(
                "SparingDecayConstructor takes paramwise_cfg=dict(custom_keys=dict(NAME=dict("
                f"lr_mult=...))), got {paramwise_cfg}: for more leave the constructor out"
            )
        self.factors = {key: options.get("lr_mult", 1.0) for key, options in keys.items()}
        # Not empty, or MMEngine would put all parameters into one group.
        super().__init__(optim_wrapper_cfg, {"custom_keys": {}})

    def add_params(self, params: list[dict], module: nn.Module, *_: Any, **__: Any) -> None:
        """Adds a group for each rate and decay.

        Raises:
            ValueError: If a custom key is part of no parameter's name.
        """
        names = [name for name, _ in module.named_parameters()]
        if unmet := [key for key in self.factors if not any(key in name for name in names)]:
            raise ValueError(
                f"custom_keys {unmet} are part of no parameter's name, such as {names[0]}: name "
                "the parts that learn at another rate, or set paramwise_cfg=None"
            )
        groups: dict[tuple[float, bool], dict] = {}
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            keys = [key for key in self.factors if key in name]
            factor = self.factors[max(keys, key=len)] if keys else 1.0
            spared = parameter.ndim < 2 or name.endswith("bias") or bool(_TABLES.search(name))
            group = groups.setdefault((factor, spared), {"params": []})
            group["params"].append(parameter)
        for (factor, spared), group in groups.items():
            if factor != 1 and self.base_lr is not None:
                group["lr"] = self.base_lr * factor
            if spared:
                group["weight_decay"] = 0.0
            params.append(group)
