"""PSNet's encoder: differences perceived in turn, each level reinforced by the others."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.layers import xavier_matrices
from mmrsicc.models.necks.date_tokens import DateTokensNeck
from mmrsicc.registry import MODELS


@MODELS.register_module()
class PSNet(DateTokensNeck):
    """Progressive scale-aware encoder of PSNet (Liu et al. 2023, arXiv 2303.00355).

    Layers of progressive difference perception follow one another; the output of each is a level,
    the two dates side by side over channels. Scale-aware reinforcement lets each level attend to
    the others. Only the last scale is read.

    The levels stand one after the other along N: give ``ClassicCaptionHead`` as many as
    ``memory_levels`` and ``num_layers``.

    Args:
        in_channels: Channels of the K maps of each date; the last counts.
        dims: Channels of one date, D / 2; even.
        grid_size: Side g of the grid of places that the map is pooled to.
        num_levels: Layers of difference perception, and so levels M; at least 2.
        num_heads: Attention heads.
        dropout: Dropout of the reinforcement. The perception keeps PyTorch's 0.1.

    Raises:
        ValueError: If there is no other level to attend to, or ``num_heads`` does not divide D.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        dims: int = 512,
        grid_size: int = 7,
        num_levels: int = 3,
        num_heads: int = 8,
        dropout: float = 0.8,
    ) -> None:
        super().__init__(in_channels, dims, grid_size)
        if num_levels < 2:
            raise ValueError(
                f"num_levels={num_levels}: each level attends to the others, so set at least 2"
            )
        if 2 * dims % num_heads:
            raise ValueError(f"2 * dims={2 * dims} is not a multiple of num_heads={num_heads}")
        self.perceptions = nn.ModuleList(
            DifferencePerception(dims, num_heads) for _ in range(num_levels)
        )
        self.reinforcements = nn.ModuleList(
            ScaleReinforcement(2 * dims, num_heads, dropout) for _ in range(num_levels)
        )
        xavier_matrices(self)

    def relate(self, before: Tensor, after: Tensor) -> Tensor:
        """Tokens (B, M g^2, 2 D) of all levels, from those (B, g^2, D) of each date."""
        first, second = before, after
        levels = []
        for perceive in self.perceptions:
            # As published, the second date is compared with what the first has just become.
            first = perceive(first, second - first)
            second = perceive(second, second - first)
            levels.append(torch.cat([first, second], dim=-1))
        reinforced = [
            reinforce(level, [other for other in levels if other is not level])
            for reinforce, level in zip(self.reinforcements, levels, strict=True)
        ]
        return torch.cat(reinforced, dim=1)


class DifferencePerception(nn.Module):
    """Progressive difference perception: self-attention over a date beside its difference.

    Args:
        dims: Channels D of the tokens.
        num_heads: Attention heads.
    """

    def __init__(self, dims: int, num_heads: int) -> None:
        super().__init__()
        self.attend = nn.TransformerEncoderLayer(2 * dims, num_heads, 4 * dims, batch_first=True)
        self.project = nn.Linear(2 * dims, dims)

    def forward(self, date: Tensor, difference: Tensor) -> Tensor:
        """Takes (B, N, D) twice, returns (B, N, D)."""
        return self.project(self.attend(torch.cat([date, difference], dim=-1)))


class ScaleReinforcement(nn.Module):
    """Scale-aware reinforcement: a level is changed by what it finds in the others.

    As published, the attention has no shortcut of its own: only what the feed-forward part makes of
    it is added to the level.

    Args:
        dims: Channels D of the tokens.
        num_heads: Attention heads.
        dropout: Dropout probability.
    """

    def __init__(self, dims: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dims)
        self.attention = nn.MultiheadAttention(dims, num_heads, dropout, batch_first=True)
        self.ffn = nn.Sequential(
            nn.LayerNorm(dims),
            nn.Linear(dims, 4 * dims),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4 * dims, dims),
            nn.Dropout(dropout),
        )

    def forward(self, level: Tensor, others: list[Tensor]) -> Tensor:
        """Takes a level (B, N, D) and the others, each (B, N, D); returns (B, N, D)."""
        memory = self.norm(torch.cat(others, dim=1))
        found, _ = self.attention(self.norm(level), memory, memory, need_weights=False)
        return level + self.ffn(found)
