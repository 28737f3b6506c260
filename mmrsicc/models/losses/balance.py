"""Loss balance: a policy that weighs the terms of the loss against each other."""

from collections.abc import Mapping

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from mmrsicc.registry import MODELS

#: The term of the captions, against which auxiliary terms are measured.
CAPTION = "loss_caption"

#: The term of rewards, whose value says nothing about its gradient: it crosses 0 as it descends.
_REWARD = "loss_reward"


def short_name(term: str) -> str:
    """``loss_tgcl`` to ``tgcl``: MMEngine sums the entries with the word in their name."""
    return term.replace("loss_", "").replace("loss", "")


@MODELS.register_module()
class NormBalance(nn.Module):
    """``L / sg(L)``, as Change-Agent's MCI adds captioning and detection (Liu et al. 2024).

    Each term is divided by its own value, so only relative descent counts and constant weights
    cancel out. The logged terms are all 1; their values are the inverse of ``balance_*``. The term
    of rewards stays as it is.

    Args:
        eps: Smallest divisor.
    """

    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, terms: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Normalised terms, and their factors as ``balance_*``.

        Args:
            terms: Scalar terms of the loss by their names.
        """
        values = torch.stack([term.detach().float() for term in terms.values()])
        all_reduce(values, op="mean")
        factors = dict(zip(terms, 1 / values.abs().clamp_min(self.eps), strict=True))
        if _REWARD in factors:
            factors[_REWARD] = torch.ones_like(factors[_REWARD])
        weighted = {name: term * factors[name] for name, term in terms.items()}
        return weighted, {f"balance_{short_name(name)}": f for name, f in factors.items()}
