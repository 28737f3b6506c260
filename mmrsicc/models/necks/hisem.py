"""HiSem: each date attends to the other by the difference of two attentions."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import xavier_matrices
from mmrsicc.models.layers.attention import split_heads
from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class HiSem(nn.Module):
    """Encoder of HiSem (Wang et al. 2026, TGRS) up to its routing, as its authors released it.

    Its routing by the change flag is in :class:`~mmrsicc.models.heads.HiSemCaptionHead`, which is
    told the flag. The memory holds the places of the first date, then those of the second; the
    pooled vector is the mean of after less before, which the flag is read from. Only the last scale
    is read.

    Args:
        in_channels: Channels of the K maps of each date; those of the last, D, are the tokens'.
        num_layers: Number of layers.
        num_heads: Attention heads.
        max_grid_size: Most rows and columns of the last map; so many have learned positions.
    """

    #: The encoder computes no other scale.
    last_scale_only = True

    def __init__(
        self,
        in_channels: Sequence[int],
        num_layers: int = 3,
        num_heads: int = 8,
        max_grid_size: int = 14,
    ) -> None:
        super().__init__()
        dims = in_channels[-1]
        self.out_channels = dims
        self.columns = nn.Embedding(max_grid_size, dims // 2)
        self.rows = nn.Embedding(max_grid_size, dims // 2)
        xavier_matrices(self)
        self.layers = nn.ModuleList(
            DifferentialAttention(dims, num_heads) for _ in range(num_layers)
        )
        #: Factors of what the layers say of appearing and disappearing.
        self.appeared = nn.Parameter(torch.tensor(1.0))
        self.disappeared = nn.Parameter(torch.tensor(0.5))

    def forward(self, before: tuple[Tensor, ...], after: tuple[Tensor, ...]) -> DifferenceFeatures:
        """Takes K maps (B, C_k, H_k, W_k) of each date; returns 2 H_K W_K tokens.

        Raises:
            ValueError: If the last map is larger than ``max_grid_size``.
        """
        size = tuple(before[-1].shape[-2:])
        first, second = (placed_tokens(m[-1], self.columns, self.rows) for m in (before, after))
        for layer in self.layers:
            first, second = layer(first, second, size, self.appeared, self.disappeared)
        return DifferenceFeatures(
            tokens=torch.cat([first, second], dim=1), pooled=(second - first).mean(dim=1)
        )


class DifferentialAttention(nn.Module):
    """Layer of HiSem: what changed is added to both dates, then each attends to the other.

    What appeared is weighed by the attention from before to after, less most of that from after to
    before; what disappeared the other way round.

    Args:
        dims: Channels D.
        num_heads: Attention heads.
        share: Share of the other attention that is taken away.
    """

    def __init__(self, dims: int, num_heads: int, share: float = 0.9) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.share = share
        self.gate = nn.Sequential(
            nn.Linear(2 * dims, dims // 4), nn.ReLU(), nn.Linear(dims // 4, dims), nn.Sigmoid()
        )
        self.local = nn.Conv2d(dims, dims, 3, padding=1, groups=dims, bias=False)
        self.local_norm = nn.LayerNorm(dims)
        self.appeared, self.disappeared = nn.Linear(dims, 1), nn.Linear(dims, 1)
        self.query_before, self.key_before, self.value_before = _projections(dims)
        self.query_after, self.key_after, self.value_after = _projections(dims)
        self.blend_before, self.blend_after = (nn.Linear(2 * dims, dims) for _ in range(2))
        self.project_before, self.project_after = (nn.Linear(dims, dims) for _ in range(2))
        self.norm_before, self.norm_after = nn.LayerNorm(dims), nn.LayerNorm(dims)

    def forward(
        self,
        before: Tensor,
        after: Tensor,
        size: tuple[int, ...],
        appeared: Tensor,
        disappeared: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Takes and returns (B, N, D) places of each date.

        Args:
            before: Places of the first date, row by row.
            after: Those of the second.
            size: Rows and columns of the map.
            appeared: Factor of what each place adds to the attention to itself, after.
            disappeared: The same, before.
        """
        change = self.gate(torch.cat([before, after], dim=2)) * (before - after).abs()
        before, after = (self._enhance(x, size) + change for x in (before, after))
        to_after = self._attention(self.query_before(before), self.key_after(after))
        to_before = self._attention(self.query_after(after), self.key_before(before))
        to_after = (to_after + _diagonal(self.appeared(change) * appeared)).softmax(-1)
        to_before = (to_before + _diagonal(self.disappeared(change) * disappeared)).softmax(-1)
        gained = self._gather(to_after - self.share * to_before, self.value_after(after))
        lost = self._gather(to_before - self.share * to_after, self.value_before(before))
        before = self.project_before(_blend(self.blend_before, before, lost))
        after = self.project_after(_blend(self.blend_after, after, gained))
        return self.norm_before(before), self.norm_after(after)

    def _enhance(self, x: Tensor, size: tuple[int, ...]) -> Tensor:
        around = self.local(x.transpose(1, 2).unflatten(2, size)).flatten(2).transpose(1, 2)
        return self.local_norm(x + around)

    def _attention(self, queries: Tensor, keys: Tensor) -> Tensor:
        """(B, heads, N, N) products before the softmax."""
        queries, keys = (split_heads(x, self.num_heads) for x in (queries, keys))
        return queries @ keys.transpose(2, 3) * queries.shape[-1] ** -0.5

    def _gather(self, weights: Tensor, values: Tensor) -> Tensor:
        return (weights @ split_heads(values, self.num_heads)).transpose(1, 2).flatten(2)


def _projections(dims: int) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
    query, key, value = (nn.Linear(dims, dims, bias=False) for _ in range(3))
    return query, key, value


def _diagonal(scores: Tensor) -> Tensor:
    """(B, 1, N, N) of (B, N, 1), zero beside the diagonal."""
    return torch.diag_embed(scores.squeeze(2)).unsqueeze(1)


def _blend(gate: nn.Linear, own: Tensor, found: Tensor) -> Tensor:
    """Both by a gate that sees both."""
    share = gate(torch.cat([own, found], dim=2)).sigmoid()
    return share * found + (1 - share) * own
