"""The recurrent head of the first captioners: one vector, then word after word."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from mmrsicc.models.heads.autoregressive_head import AutoregressiveHead, sentence_rows
from mmrsicc.registry import MODELS
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


@dataclass
class RecurrentState:
    """State of a recurrent network between two steps, a row per sentence.

    Attributes:
        hidden: (1, B, D) of a GRU; of an LSTM two of them, hidden state and cell state.
    """

    hidden: Tensor | tuple[Tensor, Tensor]

    def select(self, rows: Tensor, pairs: Tensor | None = None) -> RecurrentState:
        """The state of the sentences at ``rows`` (S',)."""
        if isinstance(self.hidden, Tensor):
            return RecurrentState(self.hidden[:, rows])
        hidden, cell = self.hidden
        return RecurrentState((hidden[:, rows], cell[:, rows]))


@MODELS.register_module()
class RecurrentCaptionHead(AutoregressiveHead):
    """One recurrent layer that reads the pooled difference as if it were the first word.

    The decoder of CNN-RNN change captioners (Chouaf et al. 2021, Hoxha et al. 2022), with the image
    vector as first input as in Show and Tell (Vinyals et al. 2015). The tokens are ignored.

    Args:
        in_channels: Channels of the pooled difference.
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        dims: Width D of words and of the recurrent layer.
        cell: ``lstm`` or ``gru``.
        dropout: Dropout on words and before the output layer.

    Raises:
        ValueError: If ``cell`` is neither.
    """

    def __init__(
        self,
        in_channels: int,
        tokenizer: Vocabulary,
        dims: int = 512,
        cell: str = "lstm",
        dropout: float = 0.5,
    ) -> None:
        super().__init__(tokenizer)
        if cell not in _CELLS:
            raise ValueError(f"cell must be one of {sorted(_CELLS)}, got {cell!r}")
        self.image = nn.Linear(in_channels, dims)
        self.embedding = nn.Embedding(len(tokenizer), dims, padding_idx=tokenizer.pad_id)
        self.recurrence = _CELLS[cell](dims, dims, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(dims, len(tokenizer))

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        state = self.start(features, conditions).select(sentence_rows(ids))
        logits, _ = self._read(ids.flatten(0, 1), state)
        return logits.unflatten(0, ids.shape[:2])

    def start(
        self, features: DifferenceFeatures, conditions: Conditions | None = None
    ) -> RecurrentState:
        """The state before the first word: the pooled difference has been read."""
        _, hidden = self.recurrence(self.image(features.pooled).unsqueeze(1))
        return RecurrentState(hidden)

    def step(self, tokens: Tensor, state: RecurrentState) -> tuple[Tensor, RecurrentState]:
        """Takes one more id of each sentence, (B,); returns (B, V) logits of the next."""
        logits, state = self._read(tokens.unsqueeze(1), state)
        return logits.squeeze(1), state

    def _read(self, ids: Tensor, state: RecurrentState) -> tuple[Tensor, RecurrentState]:
        words = self.dropout(self.embedding(ids))
        said, hidden = self.recurrence(words, state.hidden)
        return self.classifier(self.dropout(said)), RecurrentState(hidden)
