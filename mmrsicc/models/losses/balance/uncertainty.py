"""Weights learned as the uncertainty of each term."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.losses.balance.terms import DFM_TERMS, short_name, values_of
from mmrsicc.registry import MODELS


@MODELS.register_module()
class UncertaintyBalance(nn.Module):
    """``sum_k exp(-s_k) L_k + s_k`` with learned s (Kendall et al., CVPR 2018).

    For a constant loss the optimum is ``s_k = ln L_k``: every term comes to count 1, and constant
    weights cancel out. s is trained by the config's optimizer like any other parameter. A term
    that gets small may make the logged loss negative.

    Args:
        terms: Terms of the loss.

    Raises:
        ValueError: In training, if the loss has other terms.
    """

    def __init__(self, terms: Sequence[str] = DFM_TERMS) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.log_variances = nn.Parameter(torch.zeros(len(terms)))

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted terms, s_k included, and their factors as ``balance_*``."""
        values_of(terms, self.terms, "UncertaintyBalance")
        named = dict(zip(self.terms, self.log_variances, strict=True))
        weighted = {name: (-s).exp() * terms[name] + s for name, s in named.items()}
        return weighted, {f"balance_{short_name(n)}": (-s.detach()).exp() for n, s in named.items()}
