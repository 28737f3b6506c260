"""Loss balance: policies that weigh the terms of the loss against each other.

``CapBalance`` measures gradients inside the loss, as is its nature; so encoder and head may be
compiled, the loss as a whole may not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from mmrsicc.models.losses.gradients import gradient_products, shared_parameters
from mmrsicc.registry import MODELS

#: The term of the captions, against which auxiliary terms are measured.
CAPTION = "loss_caption"
#: The terms of DFM.
DFM_TERMS = (CAPTION, "loss_tgcl")


def short_name(term: str) -> str:
    """``loss_tgcl`` to ``tgcl``: MMEngine sums the entries with the word in their name."""
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


class Steps(nn.Module):
    """Number of training steps: known on the host, so that asking waits for no GPU.

    Checkpoints hold it as a tensor.
    """

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def advance(self) -> None:
        """Counts one more."""
        self.number += 1
        self.count.fill_(self.number)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self.number = int(self.count)


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
        shared: See :func:`~mmrsicc.models.losses.gradients.shared_parameters`.

    Raises:
        ValueError: If the captions' term is not among the terms; in training, if the loss has
            others than these.
    """

    norms: Tensor

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
        self.steps = Steps()

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Capped terms, and their factors as ``balance_*``."""
        values_of(terms, self.terms, "CapBalance")
        if self.training:
            if self.steps.number % self.interval == 0:
                self._measure(terms, model)
            self.steps.advance()
        return weigh(terms, dict(zip(self.terms, self._factors(), strict=True)))

    def _measure(self, terms: Mapping[str, Tensor], model: nn.Module) -> None:
        parameters = shared_parameters(model, self.shared)
        norms = gradient_products([terms[n] for n in self.terms], parameters).diagonal().sqrt()
        # A zero norm means that a term is inactive (a warm-up, a batch without negatives), not that
        # its gradients are small; half precision may overflow now and then.
        told = norms.isfinite() & (norms > 0)
        running = torch.where(self.norms > 0, norms.lerp(self.norms, self.momentum), norms)
        self.norms.copy_(torch.where(told, running, self.norms))

    def _factors(self) -> Tensor:
        caption = self.terms.index(CAPTION)
        limit = self.rho * self.norms[caption]
        # Without a gradient of the caption loss there is no reference.
        capped = (self.norms > limit) & (limit > 0)
        capped[caption] = False
        return torch.where(capped, limit / self.norms, torch.ones_like(limit))


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
