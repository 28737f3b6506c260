"""SegFormer's transformer layer: cheap attention, and positions from a convolution."""

import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers.drop_path import DropPath


class MixTransformerLayer(nn.Module):
    """Attention with reduced keys and values, then Mix-FFN (Xie et al. 2021), both pre-norm.

    Args:
        dims: Channels C.
        num_heads: Number of attention heads.
        reduction: Keys and values are those of a map smaller by this factor on each side.
        dropout: Dropout of attention weights and of what both branches put out.
        drop_path: How often a branch is left out.
    """

    def __init__(
        self, dims: int, num_heads: int, reduction: int, dropout: float, drop_path: float
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dims, eps=1e-6)
        self.attention = _ReducedAttention(dims, num_heads, reduction, dropout)
        self.ffn_norm = nn.LayerNorm(dims, eps=1e-6)
        self.ffn = _MixFFN(dims, dropout)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Takes and returns (B, H, W, C)."""
        x = x + self.drop_path(self.attention(self.attention_norm(x)))
        return x + self.drop_path(self.ffn(self.ffn_norm(x)))


class _ReducedAttention(nn.Module):
    def __init__(self, dims: int, num_heads: int, reduction: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.weight_dropout = dropout
        self.query = nn.Linear(dims, dims)
        self.key_value = nn.Linear(dims, 2 * dims)
        self.output = nn.Linear(dims, dims)
        self.dropout = nn.Dropout(dropout)
        self.reduce: nn.Module | None = None
        if reduction > 1:
            self.reduce = nn.Conv2d(dims, dims, reduction, stride=reduction)
            self.reduce_norm = nn.LayerNorm(dims)

    def forward(self, x: Tensor) -> Tensor:
        size, memory = x.shape[1:3], x
        if self.reduce is not None:
            memory = self.reduce_norm(self.reduce(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
        queries, keys, values = (
            t.flatten(1, 2).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for t in (self.query(x), *self.key_value(memory).chunk(2, dim=3))
        )
        rate = self.weight_dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(queries, keys, values, dropout_p=rate)
        return self.dropout(self.output(attended.transpose(1, 2).flatten(2).unflatten(1, size)))


class _MixFFN(nn.Module):
    def __init__(self, dims: int, dropout: float) -> None:
        super().__init__()
        self.widen = nn.Linear(dims, 4 * dims)
        self.mix = nn.Conv2d(4 * dims, 4 * dims, 3, padding=1, groups=4 * dims)
        self.narrow = nn.Linear(4 * dims, dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(self.widen(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.dropout(self.narrow(self.dropout(F.gelu(x))))
