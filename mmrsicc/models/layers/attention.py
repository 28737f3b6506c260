"""Multi-head attention whose keys and values can be kept between decoding steps."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KeysValues = tuple[Tensor, Tensor]


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

    def _split_heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def keys_values(self, memory: Tensor) -> KeysValues:
        """Projects (B, N, D) memory to keys and values of shape (B, heads, N, D / heads)."""
        return self._split_heads(self.key(memory)), self._split_heads(self.value(memory))

    def forward(self, x: Tensor, keys_values: KeysValues, causal: bool = False) -> Tensor:
        """Attends from (S, L, D) queries; with ``causal``, position i sees keys 0 to i."""
        rows = _per_memory(x, keys_values)
        attended = self._attend(rows, keys_values, causal)
        return self.output(attended.transpose(1, 2).flatten(2)).view_as(x)

    def weights(self, x: Tensor, keys_values: KeysValues, causal: bool = False) -> Tensor:
        """(B, heads, M L, N) shares by which :meth:`forward` mixes values; each row sums to 1."""
        keys, _ = keys_values
        x = _per_memory(x, keys_values)
        # Unit vectors as values read the weights off the very kernel that attends.
        units = torch.eye(keys.shape[2], dtype=keys.dtype, device=keys.device)
        return self._attend(x, (keys, units.expand(*keys.shape[:2], -1, -1)), causal)

    def _attend(self, x: Tensor, keys_values: KeysValues, causal: bool) -> Tensor:
        keys, values = keys_values
        return F.scaled_dot_product_attention(
            self._split_heads(self.query(x)),
            keys,
            values,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal,
        )


def _per_memory(x: Tensor, keys_values: KeysValues) -> Tensor:
    """(B, M L, D) queries of all M sentences of a pair in one row, from (B M, L, D)."""
    batch = keys_values[0].shape[0]
    return x if x.shape[0] == batch else x.reshape(batch, -1, x.shape[-1])
