"""Gradients of each term of the loss on the parameters that all of them share."""

import re
from collections.abc import Iterable, Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

#: Numbered stages, as backbones call them: layer4, layers.3, stages.3, stage4, blocks.11.
_STAGE = re.compile(r"^encoder\.backbone\..*?(?:layer|stage|block)s?\.?(\d+)\.")

#: A power of two is exact in float32, and lifts gradients of half precision out of underflow.
_SCALE = 1024.0


def shared_parameters(
    model: nn.Module, patterns: Sequence[str] | None = None
) -> list[nn.Parameter]:
    """Trainable parameters through which the captions and further losses flow.

    Args:
        model: A captioner.
        patterns: Regular expressions, searched in the names of parameters. By default the neck
            and the last stage of the backbone.

    Raises:
        ValueError: If a pattern matches none, or the backbone's last stage cannot be told.
    """
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if patterns is None:
        patterns = [r"^encoder\.neck\.", *_last_stage(named)]
    for pattern in patterns:
        if not any(re.search(pattern, name) for name in named):
            raise ValueError(
                f"shared: no trainable parameter is named like {pattern!r}; some of the names: "
                f"{list(named)[:: len(named) // 5 + 1]}"
            )
    return [p for name, p in named.items() if any(re.search(each, name) for each in patterns)]


def _last_stage(names: Iterable[str]) -> list[str]:
    """Patterns of the backbone's last stage; none if the backbone is frozen."""
    backbone = [name for name in names if name.startswith("encoder.backbone.")]
    stages = {match[0]: int(match[1]) for name in backbone if (match := _STAGE.match(name))}
    if stages:
        last = max(stages.values())
        return ["^" + re.escape(prefix) for prefix, number in stages.items() if number == last]
    if backbone:
        raise ValueError(
            f"no last stage of the backbone among names such as {backbone[0]!r}: set shared to "
            "regular expressions of the parameters to measure at"
        )
    return []


def gradient_products(terms: Iterable[Tensor], parameters: Sequence[nn.Parameter]) -> Tensor:
    """Scalar products (K, K) of the gradients of K terms: norms and cosines follow from it.

    In several processes the gradients are averaged first, as DistributedDataParallel does, so all
    get the products of the whole batch. Neither the graph nor ``.grad`` is touched.

    Args:
        terms: Scalars with their graph; one without a graph has the gradient 0.
        parameters: What to differentiate by.
    """
    with torch.no_grad(), torch.autocast(parameters[0].device.type, enabled=False):
        gradients = torch.stack([_gradient(term, parameters) for term in terms])
        all_reduce(gradients, op="mean")
        return gradients @ gradients.T


def _gradient(term: Tensor, parameters: Sequence[nn.Parameter]) -> Tensor:
    """Gradient of a term by all parameters, flat."""
    if not term.requires_grad:
        return parameters[0].new_zeros(sum(p.numel() for p in parameters))
    parts = torch.autograd.grad(
        term, parameters, torch.full_like(term, _SCALE), retain_graph=True, allow_unused=True
    )
    return torch.cat(
        [
            (p.new_zeros(p.numel()) if part is None else part.flatten() / _SCALE)
            for p, part in zip(parameters, parts, strict=True)
        ]
    )
