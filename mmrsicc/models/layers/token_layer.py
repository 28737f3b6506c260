"""A pre-norm transformer layer whose attention is wider than its tokens."""

import torch.nn.functional as F
from torch import Tensor, nn


class TokenLayer(nn.Module):
    """Attention and feed-forward part of BIT (Chen et al. 2021), each around a shortcut.

    Few channels, but full-width heads: queries, keys and values have ``num_heads * head_dim``
    channels. Products are scaled by the root of ``dims``, as the authors do, not of ``head_dim``.

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        head_dim: Channels of each head.
    """

    def __init__(self, dims: int, num_heads: int, head_dim: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = dims**-0.5
        inner = num_heads * head_dim
        self.norm = nn.LayerNorm(dims)
        self.query = nn.Linear(dims, inner, bias=False)
        self.key_value = nn.Linear(dims, 2 * inner, bias=False)
        self.output = nn.Linear(inner, dims)
        self.ffn = nn.Sequential(
            nn.LayerNorm(dims), nn.Linear(dims, 2 * dims), nn.GELU(), nn.Linear(2 * dims, dims)
        )

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """From (B, N, D) tokens to (B, M, D) memory; returns (B, N, D)."""
        queries, memory = self.query(self.norm(x)), self.norm(memory)
        queries, keys, values = (
            t.unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for t in (queries, *self.key_value(memory).chunk(2, dim=2))
        )
        attended = F.scaled_dot_product_attention(queries, keys, values, scale=self.scale)
        x = x + self.output(attended.transpose(1, 2).flatten(2))
        return x + self.ffn(x)
