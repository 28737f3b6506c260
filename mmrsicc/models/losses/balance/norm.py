"""Every term counts 1."""

from collections.abc import Mapping

from mmengine.dist import all_reduce
from torch import Tensor, nn

from mmrsicc.models.losses.balance.terms import values_of, weigh
from mmrsicc.registry import MODELS


@MODELS.register_module()
class NormBalance(nn.Module):
    """``L / sg(L)``, as Change-Agent's MCI adds captioning and detection (Liu et al. 2024).

    Each term is divided by its own value, so only relative descent counts and constant weights
    cancel out. The logged terms are all 1; their values are the inverse of ``balance_*``.

    Args:
        eps: Smallest divisor.
    """

    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Normalised terms, and their factors as ``balance_*``."""
        values = values_of(terms, terms, "NormBalance")
        all_reduce(values, op="mean")
        return weigh(terms, dict(zip(terms, 1 / values.clamp_min(self.eps), strict=True)))
