"""The terms of the loss: their names, their values, and what weighing makes of them."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

#: The term of the captions, against which auxiliary terms are measured.
CAPTION = "loss_caption"
#: The terms of DFM.
DFM_TERMS = (CAPTION, "loss_tgcl")


def short_name(term: str) -> str:
    """``loss_tgcl`` to ``tgcl``: MMEngine adds whatever bears the word to the loss."""
    return term.replace("loss_", "").replace("loss", "")


def values_of(terms: Mapping[str, Tensor], names: Iterable[str], policy: str) -> Tensor:
    """Values (K,) of the named terms in float32, without gradient.

    Args:
        terms: Scalar terms of the loss.
        names: What the policy was built for.
        policy: Its type, for the error.

    Raises:
        ValueError: If the terms are others.
    """
    names = list(names)
    if set(names) != set(terms):
        raise ValueError(
            f"{policy} weighs the terms {names}, but the loss has {sorted(terms)}: set terms of "
            "loss_balance to these"
        )
    return torch.stack([terms[name].detach().float() for name in names])


def weigh(
    terms: Mapping[str, Tensor], factors: Mapping[str, Tensor]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Terms times their factors, and the factors as diagnostics (``balance_tgcl``)."""
    weighted = {name: term * factors[name] for name, term in terms.items()}
    return weighted, {f"balance_{short_name(n)}": f.detach() for n, f in factors.items()}
