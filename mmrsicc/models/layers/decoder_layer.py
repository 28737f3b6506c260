"""Layers of transformer decoders with cached incremental decoding: pre-norm and post-norm."""

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.attention import CachedAttention, KeysValues


class TransformerDecoderLayer(nn.Module):
    """Pre-norm decoder layer: causal self-attention, attention to the memory, feed-forward.

    The same arithmetic as ``torch.nn.TransformerDecoderLayer(norm_first=True)`` with GELU, which
    keeps no cache.

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        ffn_dims: Hidden channels of the feed-forward part.
        dropout: Dropout probability.
    """

    def __init__(self, dims: int, num_heads: int, ffn_dims: int, dropout: float) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(dims)
        self.self_attention = CachedAttention(dims, num_heads, dropout)
        self.memory_norm = nn.LayerNorm(dims)
        self.memory_attention = CachedAttention(dims, num_heads, dropout)
        self.ffn = nn.Sequential(
            nn.LayerNorm(dims),
            nn.Linear(dims, ffn_dims),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(ffn_dims, dims),
        )
        self.dropout = nn.Dropout(dropout)

    def memory_keys_values(self, memory: Tensor) -> KeysValues:
        """Keys and values of (B, N, D) memory, the same for all words of all sentences."""
        return self.memory_attention.keys_values(memory)

    def forward(
        self, x: Tensor, memory: KeysValues, past: KeysValues | None = None
    ) -> tuple[Tensor, KeysValues]:
        """Decodes whole sentences, or one more token of each.

        Args:
            x: (B, L, D) tokens; (B, 1, D) with ``past``.
            memory: Keys and values of the memory, from :meth:`memory_keys_values`.
            past: Keys and values of the tokens before ``x``, or None at a sentence's start.

        Returns:
            (B, L, D) tokens, and the keys and values of all tokens so far.
        """
        attended, keys_values = _attend_to_words(self.self_attention, self.self_norm(x), past)
        x = x + self.dropout(attended)
        x = x + self.dropout(self.memory_attention(self.memory_norm(x), memory))
        return x + self.dropout(self.ffn(x)), keys_values


class PostNormDecoderLayer(nn.Module):
    """Post-norm decoder layer with ReLU (Vaswani et al. 2017).

    The same arithmetic as ``torch.nn.TransformerDecoderLayer`` with its defaults, which keeps no
    cache.

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        ffn_dims: Hidden channels of the feed-forward part.
        dropout: Dropout probability.
        residual: Add the layer's input to its output, as Chg2Cap does (Chang and Ghamisi 2023).
    """

    def __init__(
        self, dims: int, num_heads: int, ffn_dims: int, dropout: float, residual: bool = False
    ) -> None:
        super().__init__()
        self.residual = residual
        self.self_attention = CachedAttention(dims, num_heads, dropout)
        self.self_norm = nn.LayerNorm(dims)
        self.memory_attention = CachedAttention(dims, num_heads, dropout)
        self.memory_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, ffn_dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ffn_dims, dims)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def memory_keys_values(self, memory: Tensor) -> KeysValues:
        """Keys and values of (B, N, D) memory, the same for all words of a sentence."""
        return self.memory_attention.keys_values(memory)

    def forward(
        self, x: Tensor, memory: KeysValues, past: KeysValues | None = None
    ) -> tuple[Tensor, KeysValues]:
        """As :meth:`TransformerDecoderLayer.forward`."""
        attended, keys_values = _attend_to_words(self.self_attention, x, past)
        y = self.self_norm(x + self.dropout(attended))
        y = self.memory_norm(y + self.dropout(self.memory_attention(y, memory)))
        y = self.ffn_norm(y + self.dropout(self.ffn(y)))
        return (y + x if self.residual else y), keys_values


def _attend_to_words(
    attention: CachedAttention, x: Tensor, past: KeysValues | None
) -> tuple[Tensor, KeysValues]:
    """Attention of (B, L, D) words to those before them and to themselves.

    Returns:
        (B, L, D), and keys and values of all words so far.
    """
    keys, values = attention.keys_values(x)
    if past is not None:
        keys, values = torch.cat([past[0], keys], dim=2), torch.cat([past[1], values], dim=2)
    return attention(x, (keys, values), causal=past is None), (keys, values)
