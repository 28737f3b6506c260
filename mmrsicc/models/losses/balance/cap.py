"""Auxiliary terms may pull at the shared parameters only so hard."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.losses.balance.gradients import gradient_products, shared_parameters
from mmrsicc.models.losses.balance.terms import CAPTION, DFM_TERMS, values_of, weigh
from mmrsicc.registry import MODELS


@MODELS.register_module()
class CapBalance(nn.Module):
    """``factor = min(1, rho |g_caption| / |g_auxiliary|)``, g gradients on shared parameters.

    An auxiliary term keeps its weight until it pulls more than ``rho`` times as hard as the
    captions do; then it is held there. The norms are running averages.

    Args:
        terms: Terms of the loss, "loss_caption" among them.
        rho: Largest ratio of the norms.
        momentum: Of the running averages.
        interval: Iterations between two measurements, each a backward pass through the shared
            parameters per term.
        shared: See :func:`~mmrsicc.models.losses.balance.gradients.shared_parameters`.

    Raises:
        ValueError: If the captions' term is not among the terms; in training, if the loss has
            others than these.
    """

    norms: Tensor
    step: Tensor

    def __init__(
        self,
        terms: Sequence[str] = DFM_TERMS,
        rho: float = 0.3,
        momentum: float = 0.9,
        interval: int = 10,
        shared: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        if CAPTION not in terms:
            raise ValueError(f"CapBalance measures against {CAPTION!r}: add it to terms, {terms}")
        self.terms = tuple(terms)
        self.rho = rho
        self.momentum = momentum
        self.interval = interval
        self.shared = shared
        self.register_buffer("norms", torch.zeros(len(terms)))
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Capped terms, and their factors as ``balance_*``."""
        values_of(terms, self.terms, "CapBalance")
        if self.training:
            if self.step % self.interval == 0:
                self._measure(terms, model)
            self.step += 1
        return weigh(terms, dict(zip(self.terms, self._factors(), strict=True)))

    def _measure(self, terms: Mapping[str, Tensor], model: nn.Module) -> None:
        parameters = shared_parameters(model, self.shared)
        norms = gradient_products([terms[n] for n in self.terms], parameters).diagonal().sqrt()
        # A zero says that a term sits out (a warm-up, a batch without negatives), not how hard it
        # pulls when it takes part; half precision may overflow now and then.
        told = norms.isfinite() & (norms > 0)
        running = torch.where(self.norms > 0, norms.lerp(self.norms, self.momentum), norms)
        self.norms.copy_(torch.where(told, running, self.norms))

    def _factors(self) -> Tensor:
        caption = self.terms.index(CAPTION)
        limit = self.rho * self.norms[caption]
        # Without a captions' gradient there is nothing to compare with.
        capped = (self.norms > limit) & (limit > 0)
        capped[caption] = False
        return torch.where(capped, limit / self.norms, torch.ones_like(limit))
