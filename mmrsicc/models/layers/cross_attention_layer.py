"""A post-norm transformer layer that attends from one set of tokens to another."""

from torch import Tensor, nn


class CrossAttentionLayer(nn.Module):
    """Attention and feed-forward part, each with shortcut and normalisation after it.

    The "cross transformer" of MCCFormers (Qiu et al. 2021) and RSICCformer (Liu et al. 2022).

    Args:
        dims: Channels D of the tokens.
        num_heads: Number of attention heads.
        dropout: Dropout probability.

    Raises:
        ValueError: If ``num_heads`` does not divide ``dims``.
    """

    def __init__(self, dims: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        if dims % num_heads:
            raise ValueError(f"dims={dims} is not a multiple of num_heads={num_heads}")
        self.attention = nn.MultiheadAttention(dims, num_heads, dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, 4 * dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4 * dims, dims)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """From (B, N, D) tokens to (B, M, D) memory; returns (B, N, D)."""
        attended, _ = self.attention(x, memory, memory, need_weights=False)
        x = self.attention_norm(x + self.dropout(attended))
        return self.ffn_norm(x + self.dropout(self.ffn(x)))
