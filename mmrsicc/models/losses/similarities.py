"""Taps: which features a contrastive loss reads, in fp32 whatever they are."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


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
        """(B, D) difference vectors to (B, d); (B, N, D) tokens are for those who look at them."""
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
class FeatureGatedSimilarity(Towers):
    """The sentence opens and closes channels of the difference before they are compared.

    With u and w the projected difference and sentence and ``h = sigmoid(W e + b)`` the sentence's
    gate on channels: ``s_ij = <u_i * h_j, w_j> / (|u_i * h_j| |w_j|)``. Numerator and denominator
    are products of matrices, so that no (B, C, d) tensor arises.

    Args:
        in_channels, embed_dims, dims: As :class:`Towers`.
    """

    def __init__(self, in_channels: int, embed_dims: int, dims: int = 256) -> None:
        super().__init__(in_channels, embed_dims, dims)
        self.gate = nn.Linear(embed_dims, dims)

    def encode_text(self, embeddings: Tensor) -> Tensor:
        """(C, E) sentence embeddings to (C, 2 d): the sentence of length 1, and its gate."""
        gate = self.gate(embeddings).sigmoid()
        return torch.cat([super().encode_text(embeddings), gate], dim=-1)

    def compare(self, visual: Tensor, text: Tensor) -> Tensor:
        """Every encoded pair with every encoded sentence: (B, C)."""
        sentence, gate = text.chunk(2, dim=-1)
        lengths = (visual.square() @ gate.square().T).clamp_min(1e-12).sqrt()
        return visual @ (gate * sentence).T / lengths


@MODELS.register_module()
class TokenSimilarity(Towers):
    """The sentence looks at the difference tokens and is compared with what it sees (FLAIR).

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


#: A tap gives a vector (B, D) and tokens (B, N, D) of each pair.
Tap = Callable[[DifferenceFeatures], tuple[Tensor, Tensor]]


def neck(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """The neck's pooled vector."""
    return difference.pooled.float(), difference.tokens.float()


def memory_mean(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """The mean of the tokens that the caption head attends to."""
    tokens = difference.tokens.float()
    return tokens.mean(1), tokens


def encoder(difference: DifferenceFeatures) -> tuple[Tensor, Tensor]:
    """Signed and absolute difference of the backbone's last maps, before the neck: D = 2 C."""
    if difference.dates is None:
        raise ValueError("the tap 'encoder' reads the backbone's last maps: use a PairEncoder")
    before, after = difference.dates
    signed = after.float() - before.float()
    tokens = torch.cat([signed, signed.abs()], dim=1).flatten(2).transpose(1, 2)
    return tokens.mean(1), tokens


TAPS: dict[str, Tap] = {"neck": neck, "memory_mean": memory_mean, "encoder": encoder}
