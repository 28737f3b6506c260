"""Parameters of a captioner, part by part."""

from torch import nn


def count_parameters(model: nn.Module) -> dict[str, dict[str, int]]:
    """Parameters of each part: ``total``, and ``trainable``, those that training changes.

    A part without parameters is left out, and one that parts share counts in the first of them.
    """
    was_training = model.training
    model.train()  # Some backbones freeze their stages only here.
    seen: set[int] = set()
    found: dict[str, dict[str, int]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if id(parameter) not in seen:
            seen.add(id(parameter))
            part = found.setdefault(_part(name), {"total": 0, "trainable": 0})
            part["total"] += parameter.numel()
            part["trainable"] += parameter.numel() * parameter.requires_grad
    model.train(was_training)
    return found


def _part(name: str) -> str:
    """The part that a parameter belongs to: of encoder and speaker, the part within."""
    first, second, *_ = [*name.split("."), ""]
    return second if first in ("encoder", "speaker") else first
