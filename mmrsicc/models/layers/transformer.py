"""Transformer blocks: decoder, cross-attention and token layers, positions."""

import math

import torch
from torch import Tensor, nn

from mmrsicc.models.layers.attention import (
    CachedAttention,
    KeysValues,
    attend_to_words,
    multi_head_attention,
)
from mmrsicc.models.layers.packed_words import PackedWords


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
        self,
        x: Tensor,
        memory: KeysValues,
        past: KeysValues | None = None,
        packed: PackedWords | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """Decodes whole sentences, or one more token of each.

        Args:
            x: (B, L, D) tokens; (B, 1, D) with ``past``; (T, D) if packed.
            memory: Keys and values of the memory, from :meth:`memory_keys_values`.
            past: Keys and values of the tokens before ``x``, or None at a sentence's start.
            packed: Places of the tokens, which then are (T, D), of whole sentences.

        Returns:
            Tokens as ``x``, and the keys and values of all tokens so far.
        """
        attended, keys_values = attend_to_words(
            self.self_attention, self.self_norm(x), past, packed
        )
        x = x + self.dropout(attended)
        x = x + self.dropout(self.memory_attention(self.memory_norm(x), memory, packed=packed))
        return x + self.dropout(self.ffn(x)), keys_values


class PostNormDecoderLayer(nn.Module):
    """Post-norm decoder layer with ReLU (Vaswani et al. 2017).

    The same arithmetic as ``torch.nn.TransformerDecoderLayer`` with its defaults, which keeps no
    cache.

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        ffn_dims: Hidden channels of the feed-forward part; 0: there is none, as in Change3D (Zhu et
            al. 2025).
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
        self.ffn: nn.Module | None = None
        if ffn_dims:
            self.ffn = nn.Sequential(
                nn.Linear(dims, ffn_dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ffn_dims, dims)
            )
            self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def memory_keys_values(self, memory: Tensor) -> KeysValues:
        """Keys and values of (B, N, D) memory, the same for all words of a sentence."""
        return self.memory_attention.keys_values(memory)

    def forward(
        self,
        x: Tensor,
        memory: KeysValues,
        past: KeysValues | None = None,
        packed: PackedWords | None = None,
    ) -> tuple[Tensor, KeysValues]:
        """Decodes as :meth:`TransformerDecoderLayer.forward` does."""
        attended, keys_values = attend_to_words(self.self_attention, x, past, packed)
        y = self.self_norm(x + self.dropout(attended))
        y = self.memory_norm(y + self.dropout(self.memory_attention(y, memory, packed=packed)))
        if self.ffn is not None:
            y = self.ffn_norm(y + self.dropout(self.ffn(y)))
        return (y + x if self.residual else y), keys_values


class CrossAttentionLayer(nn.Module):
    """Attention and feed-forward part, each with shortcut and normalisation after it.

    The "cross transformer" of MCCFormers (Qiu et al. 2021) and RSICCformer (Liu et al. 2022).

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        dropout: Dropout probability.
        ffn_dims: Hidden channels of the feed-forward part; 4 D if None.

    Raises:
        ValueError: If ``num_heads`` does not divide ``dims``.
    """

    def __init__(
        self, dims: int, num_heads: int, dropout: float, ffn_dims: int | None = None
    ) -> None:
        super().__init__()
        ffn_dims = ffn_dims or 4 * dims
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.attention = nn.MultiheadAttention(dims, num_heads, dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, ffn_dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ffn_dims, dims)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """From (B, N, D) tokens to (B, M, D) memory; returns (B, N, D)."""
        attended, _ = self.attention(x, memory, memory, need_weights=False)
        x = self.attention_norm(x + self.dropout(attended))
        return self.ffn_norm(x + self.dropout(self.ffn(x)))


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
        keys, values = self.key_value(memory).chunk(2, dim=2)
        attended = multi_head_attention(queries, keys, values, self.num_heads, scale=self.scale)
        x = x + self.output(attended)
        return x + self.ffn(x)


def sinusoidal_positions(length: int, dims: int) -> Tensor:
    """(length, dims) position vectors of "Attention Is All You Need" (Vaswani et al. 2017).

    Channel 2i is sin(p / 10000^(2i/dims)), channel 2i+1 the cosine of the same angle.

    Raises:
        ValueError: If ``dims`` is odd.
    """
    if dims % 2:
        raise ValueError(f"sinusoidal positions need an even number of channels, got {dims}")
    rates = torch.exp(torch.arange(0, dims, 2) * (-math.log(10000.0) / dims))
    angles = torch.arange(length).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


def pre_norm_encoder(
    channels: int, num_heads: int, num_layers: int, dropout: float
) -> nn.TransformerEncoder:
    """Pre-norm transformer layers over tokens (B, N, channels), feed-forward four times as wide."""
    layer = nn.TransformerEncoderLayer(
        channels,
        num_heads,
        dim_feedforward=4 * channels,
        dropout=dropout,
        activation="gelu",
        batch_first=True,
        norm_first=True,
    )
    return nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
