"""Attention with cached keys and values."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.packed_words import PackedWords

KeysValues = tuple[Tensor, Tensor]


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """(B, heads, L, D / heads) from (B, L, D)."""
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 2)


def multi_head_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    num_heads: int,
    dropout: float = 0.0,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot-product attention of (B, M, D) queries to (B, N, D) keys and values.

    Args:
        queries: Projected queries.
        keys: Projected keys.
        values: Projected values.
        num_heads: Number of heads; divides D.
        dropout: Dropout on the attention weights; 0 outside training.
        scale: Factor of the products; by default 1 / sqrt(D / heads).

    Returns:
        (B, M, D), the heads side by side.
    """
    queries, keys, values = (split_heads(x, num_heads) for x in (queries, keys, values))
    attended = F.scaled_dot_product_attention(queries, keys, values, dropout_p=dropout, scale=scale)
    return attended.transpose(1, 2).flatten(2)


class CachedAttention(nn.Module):
    """Scaled dot-product attention (Vaswani et al. 2017) in two halves.

    :meth:`keys_values` projects the memory, :meth:`forward` attends with queries. A decoder that
    keeps the first half's result never projects a token twice. Several sentences may share one
    memory: with S = B M rows of queries, rows m to m + M - 1 attend to the memory of one pair.

    Args:
        dims: Channels D of queries and output.
        num_heads: Number of heads; must divide ``dims``.
        dropout: Dropout on the attention weights while training.

    Raises:
        ValueError: If ``num_heads`` does not divide ``dims``.
    """

    def __init__(self, dims: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.num_heads = num_heads
        self.dropout = dropout
        self.query = nn.Linear(dims, dims)
        self.key = nn.Linear(dims, dims)
        self.value = nn.Linear(dims, dims)
        self.output = nn.Linear(dims, dims)

    def keys_values(self, memory: Tensor, packed: PackedWords | None = None) -> KeysValues:
        """Keys and values (B, heads, N, D / heads) of (B, N, D) memory, or of packed words."""
        keys, values = self.key(memory), self.value(memory)
        if packed is not None:
            keys, values = packed.rows(keys), packed.rows(values)
        return split_heads(keys, self.num_heads), split_heads(values, self.num_heads)

    def forward(
        self,
        x: Tensor,
        keys_values: KeysValues,
        causal: bool = False,
        packed: PackedWords | None = None,
    ) -> Tensor:
        """Attends from (S, L, D) queries, or from (T, D) packed ones.

        Args:
            x: The queries.
            keys_values: From :meth:`keys_values`.
            causal: Whether a query sees keys up to its own place alone; the queries are the last
                of the keys.
            packed: Places of packed queries.
        """
        queries = self.query(x)
        if packed is None:
            rows = _per_memory(queries, keys_values)
            return self.output(self._attend(rows, keys_values, causal)).view_as(x)
        seen = packed.seen() if causal else None
        return self.output(
            packed.words(self._attend(packed.rows(queries), keys_values, False, seen))
        )

    def weights(self, x: Tensor, keys_values: KeysValues, causal: bool = False) -> Tensor:
        """(B, heads, M L, N) shares by which :meth:`forward` mixes values; each row sums to 1."""
        keys, _ = keys_values
        queries = _per_memory(self.query(x), keys_values)
        # Unit vectors as values read the weights off the very kernel that attends.
        units = torch.eye(keys.shape[2], dtype=keys.dtype, device=keys.device)
        units = units.expand(*keys.shape[:2], -1, -1)
        mixed = self._attend(queries, (keys, units), causal)
        return mixed.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def _attend(
        self, queries: Tensor, keys_values: KeysValues, causal: bool, seen: Tensor | None = None
    ) -> Tensor:
        """(B, L, D) mixed values, the heads side by side."""
        keys, values = keys_values
        past = keys.shape[2] - queries.shape[1]
        if causal and past:
            seen = queries.new_ones(queries.shape[1], keys.shape[2], dtype=torch.bool).tril(past)
        attended = F.scaled_dot_product_attention(
            split_heads(queries, self.num_heads),
            keys,
            values,
            attn_mask=seen,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal and seen is None,
        )
        return attended.transpose(1, 2).flatten(2)


def _per_memory(x: Tensor, keys_values: KeysValues) -> Tensor:
    """(B, M L, D) queries of all M sentences of a pair in one row, from (B M, L, D)."""
    batch = keys_values[0].shape[0]
    return x if x.shape[0] == batch else x.reshape(batch, -1, x.shape[-1])


def attend_to_words(
    attention: CachedAttention,
    x: Tensor,
    past: KeysValues | None = None,
    packed: PackedWords | None = None,
) -> tuple[Tensor, KeysValues]:
    """Attention of (B, L, D) or (T, D) packed words to those before them and to themselves.

    Returns:
        As ``x``, and keys and values of all words so far.
    """
    keys, values = attention.keys_values(x, packed)
    if past is not None:
        keys, values = torch.cat([past[0], keys], dim=2), torch.cat([past[1], values], dim=2)
    causal = past is None or x.shape[1] > 1
    return attention(x, (keys, values), causal, packed), (keys, values)
