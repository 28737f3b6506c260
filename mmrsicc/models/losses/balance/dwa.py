"""Terms that fall slowly get more weight."""

from collections.abc import Mapping, Sequence

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn

from mmrsicc.models.losses.balance.terms import DFM_TERMS, values_of, weigh
from mmrsicc.registry import MODELS


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
    step: Tensor

    def __init__(
        self, terms: Sequence[str] = DFM_TERMS, window: int = 100, temperature: float = 2.0
    ) -> None:
        super().__init__()
        self.terms = tuple(terms)
        self.window = window
        self.temperature = temperature
        for name in ("total", "last", "before_last"):
            self.register_buffer(name, torch.zeros(len(terms)))
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def forward(
        self, terms: Mapping[str, Tensor], model: nn.Module
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Weighted terms, and their factors as ``balance_*``."""
        values = values_of(terms, self.terms, "DWABalance")
        weights = self._weights()
        if self.training:
            self.total += values
            self.step += 1
            if self.step % self.window == 0:
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
