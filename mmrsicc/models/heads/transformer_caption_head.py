"""DFM's transformer head."""

from torch import Tensor, nn

from mmrsicc.models.heads.transformer_head import TransformerHead
from mmrsicc.models.layers import TransformerDecoderLayer
from mmrsicc.registry import MODELS
from mmrsicc.tokenizers import Vocabulary


@MODELS.register_module()
class TransformerCaptionHead(TransformerHead):
    """Pre-norm transformer decoder over the difference tokens.

    One layer of width 512 with 8 heads by default; scaled embeddings with sinusoidal positions; the
    output layer is a plain linear map after a last normalisation. What published captioners have
    instead is :class:`ClassicCaptionHead`.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of the decoder.
        num_layers: Number of decoder layers.
        num_heads: Attention heads per layer.
        ffn_dims: Hidden channels of the feed-forward part; 4 D if None.
        dropout: Dropout probability.
        flag_condition: See :class:`TransformerHead`.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int = 512,
        num_layers: int = 1,
        num_heads: int = 8,
        ffn_dims: int | None = None,
        dropout: float = 0.1,
        flag_condition: bool = False,
    ) -> None:
        embedding = nn.Embedding(len(tokenizer), dims, padding_idx=tokenizer.pad_id)
        nn.init.normal_(embedding.weight, std=dims**-0.5)
        layers = [
            TransformerDecoderLayer(dims, num_heads, ffn_dims or 4 * dims, dropout)
            for _ in range(num_layers)
        ]
        super().__init__(in_channels, tokenizer, embedding, layers, flag_condition)
        self.scale = dims**0.5
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(dims)

    def embed(self, ids: Tensor, positions: Tensor) -> Tensor:
        """(B, L, D) of (B, L) ids at places with the vectors ``positions`` (L, D)."""
        return self.dropout(self.embedding(ids) * self.scale + positions)

    def classify(self, x: Tensor) -> Tensor:
        """(B, L, V) logits of what the last layer says, (B, L, D)."""
        return self.classifier(self.norm(x))
