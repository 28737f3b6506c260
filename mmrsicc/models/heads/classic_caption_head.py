"""The transformer head that most published captioners share."""

from torch import Tensor, nn

from mmrsicc.models.heads.transformer_head import TransformerHead
from mmrsicc.models.layers import PostNormDecoderLayer
from mmrsicc.registry import MODELS
from mmrsicc.structures import DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary


@MODELS.register_module()
class ClassicCaptionHead(TransformerHead):
    """Post-norm transformer decoder of MCCFormers, RSICCformer, PSNet and Chg2Cap.

    Unscaled embeddings with sinusoidal positions, post-norm layers with ReLU, dropout before the
    output layer (Qiu et al. 2021, Liu et al. 2022 and 2023, Chang and Ghamisi 2023). The memory is
    projected only where its channels differ from ``dims``, which they do not in the papers.

    Args:
        in_channels: Channels of the difference tokens.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of the decoder; that of the tokens if None.
        num_layers: Number of decoder layers.
        num_heads: Attention heads per layer.
        dropout: Dropout of the layers.
        position_dropout: Dropout after the positions.
        residual: Each layer also adds its own input to its output, as Chg2Cap's does.
        ffn_dims: Hidden channels of the feed-forward parts; 4 D if None, 0 for none.
        output_dropout: Dropout before the output layer; that of the layers if None.
        memory_levels: Levels M of the tokens, one after the other along N. The first layer attends
            to the last level, the next to the one before it, as PSNet's do; there must be as many
            layers. Only the neck knows M: another that divides N is not noticed. 1: every layer
            attends to all tokens.
        flag_condition: See :class:`TransformerHead`.

    Raises:
        ValueError: If there are several levels and another number of layers.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int | None = None,
        num_layers: int = 1,
        num_heads: int = 8,
        dropout: float = 0.1,
        position_dropout: float = 0.1,
        residual: bool = False,
        ffn_dims: int | None = None,
        output_dropout: float | None = None,
        memory_levels: int = 1,
        flag_condition: bool = False,
    ) -> None:
        dims = dims or in_channels
        if memory_levels not in (1, num_layers):
            raise ValueError(
                f"each layer attends to one of {memory_levels} levels, but there are {num_layers} "
                "layers: set num_layers to the number of levels"
            )
        embedding = nn.Embedding(len(tokenizer), dims, padding_idx=tokenizer.pad_id)
        nn.init.uniform_(embedding.weight, -0.1, 0.1)
        hidden = 4 * dims if ffn_dims is None else ffn_dims
        layers = [
            PostNormDecoderLayer(dims, num_heads, hidden, dropout, residual)
            for _ in range(num_layers)
        ]
        super().__init__(in_channels, tokenizer, embedding, layers, flag_condition)
        self.memory_levels = memory_levels
        self.position_dropout = nn.Dropout(position_dropout)
        self.dropout = nn.Dropout(dropout if output_dropout is None else output_dropout)
        nn.init.uniform_(self.classifier.weight, -0.1, 0.1)
        nn.init.zeros_(self.classifier.bias)

    def embed(self, ids: Tensor, positions: Tensor) -> Tensor:
        """(B, L, D) of (B, L) ids at places with the vectors ``positions`` (L, D)."""
        return self.position_dropout(self.embedding(ids) + positions)

    def classify(self, x: Tensor) -> Tensor:
        """(B, L, V) logits of the last layer's outputs (B, L, D)."""
        return self.classifier(self.dropout(x))

    def memories(self, features: DifferenceFeatures) -> list[Tensor]:
        """Memory of each layer, (B, N, D), or (B, N / M, D) with M levels.

        Raises:
            ValueError: If the tokens are not M levels of equal length.
        """
        if self.memory_levels == 1:
            return super().memories(features)
        count = features.tokens.shape[1]
        if count % self.memory_levels:
            raise ValueError(
                f"{count} difference tokens are not {self.memory_levels} levels of equal length: "
                "set memory_levels to the neck's"
            )
        levels = self.memory_projection(features.tokens).chunk(self.memory_levels, dim=1)
        return list(reversed(levels))
