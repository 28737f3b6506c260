"""Loss balance: policies that weigh the terms of the loss against each other.

``CapBalance`` and ``GradNormBalance`` measure gradients inside the loss, as is their nature; so
encoder and head may be compiled, the loss as a whole may not.
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


@MODELS.register_module()
class DWABalance(nn.Module):
    """Dynamic weight averaging (Liu et al., CVPR 2019), as KCFI uses it for change captioning.

    ``w_k = K softmax_k(r_k / T)``, ``r_k = L_k(t-1) / L_k(t-2)``. Here t counts windows of
    iterations, not epochs: an epoch of a small data set is too few batches for a mean, one of a
    large data set too long to follow, and iteration-based training has none. All weights are 1
    until two windows are over.

    Args:
        terms: Terms of the loss.
        window: Iterations whose losses are averaged.
        temperature: T; the higher, the closer the weights are to 1.

    Raises:
        ValueError: In training, if the loss has other terms.
    """

    total: Tensor
    last: Tensor
    before_last: Tensor

    def __init__(
        self, terms: Sequence[str] = DFM_TERMS, window: int = 100, temperature: float = 2.0
    ) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.window = window
        self.temperature = temperature
        for name in ("total", "last", "before_last"):
            self.register_buffer(name, torch.zeros(len(terms)))
        self.steps = Steps()

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted terms, and their factors as ``balance_*``."""
        values = values_of(terms, self.terms, "DWABalance")
        weights = self._weights()
        if self.training:
            self.total += values
            self.steps.advance()
            if self.steps.number % self.window == 0:
                self._close_window()
        return weigh(terms, dict(zip(self.terms, weights, strict=True)))

    def _weights(self) -> Tensor:
        # A loss of 0 has no rate: the term sat out, or its window is not over.
        told = (self.last > 0) & (self.before_last > 0)
        rates = torch.where(told, self.last / self.before_last, torch.ones_like(self.last))
        return len(self.terms) * (rates / self.temperature).softmax(0)

    def _close_window(self) -> None:
        all_reduce(self.total, op="mean")
        self.before_last.copy_(self.last)
        self.last.copy_(self.total / self.window)
        self.total.zero_()


@MODELS.register_module()
class GradNormBalance(nn.Module):
    """GradNorm (Chen et al., ICML 2018).

    With G_k the norm of the gradient of w_k L_k on the shared parameters, r_k the term's loss over
    its first one, divided by the mean of these, the weights descend on
    ``sum_k |G_k - mean(G) r_k^alpha|``, the target taken as constant.

    The derivative is known in closed form, so the weights are buffers that this module updates by
    itself: they meet neither the optimizer nor the gradients of the model. They are kept as
    ``w = K softmax(v)``, so they are positive and sum to K; the objective is divided by mean(G), so
    that ``lr`` does not depend on the scale of the losses.

    Args:
        terms: Terms of the loss.
        alpha: How much slow terms are favoured; 0 makes all norms equal.
        lr: Step on v.
        interval: Iterations between two steps, each a backward pass through the shared parameters
            per term.
        shared: See :func:`~mmrsicc.models.losses.gradients.shared_parameters`.

    Raises:
        ValueError: In training, if the loss has other terms.
    """

    logits: Tensor
    first: Tensor

    def __init__(
        self,
        terms: Sequence[str] = DFM_TERMS,
        alpha: float = 1.5,
        lr: float = 0.025,
        interval: int = 10,
        shared: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.alpha = alpha
        self.lr = lr
        self.interval = interval
        self.shared = shared
        self.register_buffer("logits", torch.zeros(len(terms)))
        self.register_buffer("first", torch.zeros(len(terms)))
        self.steps = Steps()

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted terms, and their factors as ``balance_*``."""
        values = values_of(terms, self.terms, "GradNormBalance")
        if self.training:
            if self.steps.number % self.interval == 0:
                parameters = shared_parameters(model, self.shared)
                products = gradient_products([terms[name] for name in self.terms], parameters)
                all_reduce(values, op="mean")
                self._update(values, products.diagonal().sqrt())
            self.steps.advance()
        weights = len(self.terms) * self.logits.softmax(0)
        return weigh(terms, dict(zip(self.terms, weights, strict=True)))

    def _update(self, values: Tensor, norms: Tensor) -> None:
        """One step on the logits, from losses (K,) and gradient norms (K,) before weighting."""
        first = torch.where(self.first > 0, self.first, values)
        shares = self.logits.softmax(0)
        pulls = shares * norms / (shares * norms).mean()
        rates = values / first
        signed = pulls * (pulls - (rates / rates.mean()) ** self.alpha).sign()
        logits = self.logits - self.lr * (signed - shares * signed.sum())
        # Where a term sits out, there is nothing to compare.
        told = ((norms > 0) & norms.isfinite() & (values > 0)).all()
        self.first.copy_(torch.where(told, first, self.first))
        self.logits.copy_(torch.where(told, logits, self.logits))


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
