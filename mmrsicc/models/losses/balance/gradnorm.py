"""Terms pull equally hard, and harder where they learn slowly."""

from collections.abc import Mapping, Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from mmrsicc.models.losses.balance.gradients import gradient_products, shared_parameters
from mmrsicc.models.losses.balance.terms import DFM_TERMS, values_of, weigh
from mmrsicc.registry import MODELS


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
        shared: See :func:`~mmrsicc.models.losses.balance.gradients.shared_parameters`.

    Raises:
        ValueError: In training, if the loss has other terms.
    """

    logits: Tensor
    first: Tensor
    step: Tensor

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
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted terms, and their factors as ``balance_*``."""
        values = values_of(terms, self.terms, "GradNormBalance")
        if self.training:
            if self.step % self.interval == 0:
                parameters = shared_parameters(model, self.shared)
                products = gradient_products([terms[name] for name in self.terms], parameters)
                all_reduce(values, op="mean")
                self._update(values, products.diagonal().sqrt())
            self.step += 1
        weights = len(self.terms) * self.logits.softmax(0)
        return weigh(terms, dict(zip(self.terms, weights, strict=True)))

    def _update(self, values: Tensor, norms: Tensor) -> None:
        """One step on the logits, from losses (K,) and gradient norms (K,) before weighting."""
        if not ((norms > 0) & norms.isfinite() & (values > 0)).all():
            return  # a term sits out: nothing to compare
        self.first.copy_(torch.where(self.first > 0, self.first, values))
        shares = self.logits.softmax(0)
        pulls = shares * norms / (shares * norms).mean()
        rates = values / self.first
        signed = pulls * (pulls - (rates / rates.mean()) ** self.alpha).sign()
        self.logits -= self.lr * (signed - shares * signed.sum())
