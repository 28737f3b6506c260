"""Mixture of experts: a few of several feed-forward parts for each token."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SwiGLU(nn.Module):
    """Feed-forward part with a gate (Shazeer 2020), without biases.

    Args:
        dims: Channels D.
        hidden: Hidden channels.
    """

    def __init__(self, dims: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(dims, hidden, bias=False)
        self.enter = nn.Linear(dims, hidden, bias=False)
        self.leave = nn.Linear(hidden, dims, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (..., D)."""
        return self.leave(F.silu(self.gate(x)) * self.enter(x))


class MixtureOfExperts(nn.Module):
    """Experts chosen token by token within the best groups of them, and one that sees all tokens.

    As in DeepSeek-V2 (2024), with scores by sigmoid. All experts are computed and those not chosen
    count nothing, so that no value has to be looked at.

    Args:
        dims: Channels D.
        hidden: Hidden channels of each expert.
        num_experts: Experts E.
        chosen: Experts per token.
        num_groups: Groups of experts, of equal size; each is as good as its best expert.
        chosen_groups: Groups per token that experts are chosen from.
        shared_hidden: Hidden channels of the expert that sees all tokens.
    """

    def __init__(
        self,
        dims: int,
        hidden: int,
        num_experts: int = 8,
        chosen: int = 2,
        num_groups: int = 4,
        chosen_groups: int = 2,
        shared_hidden: int | None = None,
    ) -> None:
        super().__init__()
        self.chosen, self.num_groups, self.chosen_groups = chosen, num_groups, chosen_groups
        self.score = nn.Linear(dims, num_experts, bias=False)
        self.experts = nn.ModuleList(SwiGLU(dims, hidden) for _ in range(num_experts))
        self.shared = SwiGLU(dims, shared_hidden or 2 * dims)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Takes (B, N, D) tokens.

        Returns:
            (B, N, D), and (B,) how unevenly the experts are used: each one's share of the pair's
            tokens, 1 if all get as many, times its mean score, summed over the experts.
        """
        scores = self.score(x).float().sigmoid()
        taken = self._choose(scores)
        weights = (scores * taken).to(x.dtype)
        mixed = self.shared(x)
        for number, expert in enumerate(self.experts):
            mixed = mixed + weights[..., number, None] * expert(x)
        load = taken.float().mean(dim=1) * (len(self.experts) / self.chosen)
        return mixed, (load * scores.mean(dim=1)).sum(dim=1)

    def _choose(self, scores: Tensor) -> Tensor:
        """(B, N, E) bool, the experts of each token by their scores (B, N, E)."""
        groups = scores.unflatten(2, (self.num_groups, -1))
        best = _largest(groups.amax(dim=3), self.chosen_groups)
        within = groups.masked_fill(~best.unsqueeze(3), 0.0).flatten(2)
        return _largest(within, self.chosen)


def _largest(x: Tensor, count: int) -> Tensor:
    """Bool like x, which values are among the ``count`` largest of the last axis."""
    places = x.topk(count, dim=-1).indices
    numbers = torch.arange(x.shape[-1], device=x.device)
    return (places.unsqueeze(-1) == numbers).any(dim=-2)
