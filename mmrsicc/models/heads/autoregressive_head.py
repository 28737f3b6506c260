"""Targets and loss of all heads that predict one word after another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmrsicc.models.layers import PackedWords
from mmrsicc.structures import Conditions, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary
from mmrsicc.utils import mean_count

#: Target where a sentence has ended; no id.
NO_WORD = -100


@dataclass(frozen=True)
class SentenceBatch:
    """M sentences for each of B pairs as ids; pairs with fewer have empty ones.

    Attributes:
        ids: (B, M, L) ids, each sentence with its start and end, padded at its end.
        words: (B, M, L - 1) bool, which ids after the start are to be learned: words and the end,
            not padding. Told by length, since some vocabularies end a sentence with padding's id.
        packed: Places of the inputs, so that padding is not computed. None: not told.
    """

    ids: Tensor
    words: Tensor
    packed: PackedWords | None = None

    def to(self, device: torch.device) -> SentenceBatch:
        """The batch on a device."""
        return SentenceBatch(
            self.ids.to(device, non_blocking=True),
            self.words.to(device, non_blocking=True),
            None if self.packed is None else self.packed.to(device),
        )

    @property
    def targets(self) -> Tensor:
        """(B, M, L - 1) ids of the words to be learned, -100 elsewhere."""
        return self.ids[..., 1:].masked_fill(~self.words, NO_WORD)


class AutoregressiveHead(nn.Module):
    """Base of caption heads: teacher forcing over :meth:`forward`, which each head defines.

    A head also defines ``start`` and ``step`` for decoding (see the architecture notes).

    Args:
        tokenizer: Turns sentences into ids; its length is the number of classes V.
    """

    def __init__(self, tokenizer: Vocabulary) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    def forward(
        self, features: DifferenceFeatures, ids: Tensor, conditions: Conditions | None = None
    ) -> Tensor:
        """(B, M, L, V) logits of each next word, given (B, M, L) ids from the start on."""
        raise NotImplementedError

    def predict(
        self,
        features: DifferenceFeatures,
        sentences: SentenceBatch,
        conditions: Conditions | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits (..., V) of next words and their targets (...), -100 where there is no word."""
        return self(features, sentences.ids[..., :-1], conditions), sentences.targets

    def loss(
        self,
        features: DifferenceFeatures,
        sentences: SentenceBatch,
        conditions: Conditions | None = None,
    ) -> dict[str, Tensor]:
        """Cross-entropy per word, averaged over all words of all processes.

        Args:
            features: Features of B pairs.
            sentences: Sentences of each.
            conditions: What the head is told beside the features.

        Returns:
            ``loss_caption``, and ``word_accuracy`` with the true prefix given, in percent.
        """
        logits, targets = self.predict(features, sentences, conditions)
        words = targets != NO_WORD
        precise = torch.promote_types(logits.dtype, torch.float32)
        total = F.cross_entropy(
            logits.flatten(0, -2).to(precise),
            targets.flatten(),
            ignore_index=NO_WORD,
            reduction="sum",
        )
        correct = ((logits.argmax(-1) == targets) & words).sum()
        return {
            "loss_caption": total / mean_count(words),
            "word_accuracy": 100.0 * correct / words.sum(),
        }


def sentence_rows(ids: Tensor) -> Tensor:
    """(B M,) numbers of the pairs that (B, M, L) ids belong to."""
    return torch.arange(ids.shape[0], device=ids.device).repeat_interleave(ids.shape[1])
