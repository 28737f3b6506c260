"""Similarities of difference features and sentence embeddings, by two projections."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS


class Projection(nn.Module):
    """Two-layer projection with a skip connection, as contrastive vision-text models use it.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the output.
        dropout: Dropout probability.
    """

    def __init__(self, in_channels: int, channels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Linear(in_channels, channels)
        self.refine = nn.Sequential(nn.GELU(), nn.Linear(channels, channels), nn.Dropout(dropout))
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_channels) to (..., channels)."""
        x = self.enter(x)
        return self.norm(x + self.refine(x))


class Towers(nn.Module):
    """Projections of both sides to a common space.

    Args:
        in_channels: Channels of the difference vector, or of the tokens.
        embed_dims: Channels of the sentence embeddings.
        dims: Channels d of the common space.
    """

    def __init__(self, in_channels: int, embed_dims: int, dims: int = 256) -> None:
        super().__init__()
        self.visual_projection = Projection(in_channels, dims)
        self.text_projection = Projection(embed_dims, dims)

    def encode_visual(self, pooled: Tensor, tokens: Tensor) -> Tensor:
        """(B, D) difference vectors to (B, d); (B, N, D) tokens are not used here."""
        return self.visual_projection(pooled)

    def encode_text(self, embeddings: Tensor) -> Tensor:
        """(C, E) sentence embeddings to (C, d) of length 1."""
        return F.normalize(self.text_projection(embeddings), dim=-1)


@MODELS.register_module()
class CosineSimilarity(Towers):
    """Cosine of the projected difference vector and the projected sentence embedding."""

    def compare(self, visual: Tensor, text: Tensor) -> Tensor:
        """Every encoded pair with every encoded sentence: (B, C)."""
        return F.normalize(visual, dim=-1) @ text.T


@MODELS.register_module()
class TokenSimilarity(Towers):
    """The sentence attends to the difference tokens and is compared with the result (FLAIR).

    Xiao et al. 2025: for every pair and sentence the tokens are averaged with the weights of the
    sentence's attention; costs B C N d multiplications.

    Args:
        in_channels, embed_dims, dims: As :class:`Towers`.
    """

    def __init__(self, in_channels: int, embed_dims: int, dims: int = 256) -> None:
        super().__init__(in_channels, embed_dims, dims)
        self.query = nn.Linear(embed_dims, dims)
        self.key = nn.Linear(dims, dims)

    def encode_visual(self, pooled: Tensor, tokens: Tensor) -> Tensor:
        """(B, N, D) tokens to (B, N, d)."""
        return self.visual_projection(tokens)

    def encode_text(self, embeddings: Tensor) -> Tensor:
        """(C, E) sentence embeddings to (C, 2 d): the sentence of length 1, and its query."""
        return torch.cat([super().encode_text(embeddings), self.query(embeddings)], dim=-1)

    def compare(self, visual: Tensor, text: Tensor) -> Tensor:
        """Every encoded pair with every encoded sentence: (B, C)."""
        sentence, query = text.chunk(2, dim=-1)
        scores = torch.einsum("cd,bnd->bcn", query, self.key(visual)) / query.shape[-1] ** 0.5
        seen = scores.softmax(-1) @ visual
        return (F.normalize(seen, dim=-1) * sentence).sum(-1)
