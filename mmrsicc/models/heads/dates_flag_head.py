"""PromptCC's classifier of the change flag."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmrsicc.models.heads.flag_head import FlagHead
from mmrsicc.models.layers.tokens import placed_tokens
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures


@MODELS.register_module()
class DatesFlagHead(FlagHead):
    """Transformer classifier over the places of both dates, PromptCC's (Liu et al. 2023, TGRS).

    It reads the backbone's last maps, not the neck's tokens: where the backbone is frozen, it
    learns as if it were trained by itself.

    Args:
        encoder_channels: Channels D of the backbone's last maps.
        num_layers: Encoder layers, of 2 D channels.
        num_heads: Attention heads.
        max_grid_size: Most rows and columns of the maps; so many have learned positions.
        dropout: Dropout probability.
        loss_weight: Weight of the cross-entropy.
    """

    def __init__(
        self,
        encoder_channels: int,
        num_layers: int = 3,
        num_heads: int = 8,
        max_grid_size: int = 7,
        dropout: float = 0.1,
        loss_weight: float = 1.0,
    ) -> None:
        dims = 2 * encoder_channels
        super().__init__(dims, loss_weight, outputs=2)
        self.columns = nn.Embedding(max_grid_size, encoder_channels // 2)
        self.rows = nn.Embedding(max_grid_size, encoder_channels // 2)
        self.summary = nn.Parameter(torch.randn(1, dims) * encoder_channels**-0.5)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dims, num_heads, 2 * dims, dropout, batch_first=True)
            for _ in range(num_layers)
        )

    def forward(self, features: DifferenceFeatures) -> Tensor:
        """(B,) logits of a change.

        Raises:
            ValueError: If the maps are larger than ``max_grid_size``.
        """
        x = self._places(features.dates or ())
        x = torch.cat([self.summary.expand(len(x), -1, -1), x], dim=1)
        for layer in self.layers:
            x = layer(x)
        return self.logits(x[:, 0])

    def _places(self, dates: Sequence[Tensor]) -> Tensor:
        """(B, H W, 2 D) places of both dates side by side, with their positions."""
        return torch.cat([placed_tokens(m, self.columns, self.rows) for m in dates], dim=2)
