"""What all heads that say one word after another share: their targets and their loss."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_world_size
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from mmrsicc.structures import ChangeDataSample, DifferenceFeatures
from mmrsicc.tokenizers import Vocabulary

#: Target where a sentence has ended; no id.
_NO_WORD = -100


class AutoregressiveHead(nn.Module):
    """Base of caption heads: teacher forcing over :meth:`forward`, which each head defines.

    A head also defines ``start`` and ``step`` for decoding (see the architecture notes).

    Args:
        tokenizer: Turns sentences into ids; its length is the number of classes V.
        max_length: Most ids of a training sentence, start and end included; longer ones are cut.
    """

    def __init__(self, tokenizer: Vocabulary, max_length: int = 42) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.max_length = max_length

    def forward(self, difference: DifferenceFeatures, ids: Tensor) -> Tensor:
        """(B, L, V) logits of each next word, given (B, L) ids from the start on."""
        raise NotImplementedError

    def loss(
        self, difference: DifferenceFeatures, samples: Sequence[ChangeDataSample]
    ) -> dict[str, Tensor]:
        """Cross-entropy per word, averaged over all words of all processes.

        Returns:
            ``loss_caption``, and ``word_accuracy`` with the true prefix given, in percent.
        """
        sentences = [sample.caption for sample in samples]
        ids, words = self._encode(sentences, difference.tokens.device)
        logits = self(difference, ids[:, :-1])
        targets = ids[:, 1:].masked_fill(~words, _NO_WORD)
        total = F.cross_entropy(
            logits.flatten(0, 1).float(),
            targets.flatten(),
            ignore_index=_NO_WORD,
            reduction="sum",
        )
        # Processes draw sentences of different lengths: dividing by the mean count makes the
        # averaged gradient equal that of one process over all sentences.
        count = words.sum().float()
        all_reduce(count)
        correct = ((logits.argmax(-1) == targets) & words).sum()
        return {
            "loss_caption": total / (count / get_world_size()),
            "word_accuracy": 100.0 * correct / words.sum(),
        }

    def _encode(self, sentences: list[str], device: torch.device) -> tuple[Tensor, Tensor]:
        """Ids (B, L), and which of the L - 1 after the start are words or the end, not padding.

        Told by length, since some vocabularies end a sentence with the id of padding.
        """
        rows = [torch.tensor(self._cut(self.tokenizer.encode(s))) for s in sentences]
        padded = pad_sequence(rows, batch_first=True, padding_value=self.tokenizer.pad_id)
        lengths = torch.tensor([len(row) for row in rows])
        words = torch.arange(1, padded.shape[1]) < lengths.unsqueeze(1)
        return padded.to(device), words.to(device)

    def _cut(self, ids: list[int]) -> list[int]:
        if len(ids) <= self.max_length:
            return ids
        return [*ids[: self.max_length - 1], self.tokenizer.end_id]
