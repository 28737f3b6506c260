"""Transformer blocks: attention with cached keys and values, decoder and cross-attention layers."""

import math

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
