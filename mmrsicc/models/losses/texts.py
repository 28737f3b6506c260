"""Texts of the text guidance: frozen embeddings of all sentences, and a placebo."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.models.text_encoders import cached_embeddings
from mmrsicc.structures import ChangeDataSample


class SentenceTable(nn.Module):
    """Looks up frozen sentence embeddings; no part of a checkpoint."""

    embeddings: Tensor

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}
        self.register_buffer("embeddings", torch.empty(0), persistent=False)

    def fill(self, encoder: Any, sentences: Sequence[str], cache_dir: str | Path) -> None:
        """Embeds the sentences, or reads them from the cache."""
        embeddings = cached_embeddings(encoder, list(sentences), cache_dir)
        self._rows = {sentence: row for row, sentence in enumerate(sentences)}
        self.embeddings = torch.from_numpy(embeddings).to(self.embeddings.device)

    def rows(self, sentences: Sequence[str]) -> list[int]:
        """Rows of known sentences.

        Raises:
            KeyError: If a sentence was not given to :meth:`fill`.
        """
        try:
            return [self._rows[sentence] for sentence in sentences]
        except KeyError as error:
            raise KeyError(
                f"TGCL has no embedding of {error.args[0]!r}: add dict(type='TextEmbeddingHook') "
                "to custom_hooks, which encodes all sentences of the training set before training"
            ) from None

    def forward(self, sentences: Sequence[str]) -> Tensor:
        """(N, E) embeddings of known sentences, each of length 1."""
        return self.embeddings[self.rows(sentences)].float()


class ExchangedCaptions:
    """Gives each changed pair the captions of another changed pair, the same one in every epoch.

    What the texts are like as a whole, that a pair keeps its own, and that unchanged pairs have
    theirs, all stays; what a text says of its pair is lost.

    Args:
        captions: References of each changed pair by its name.
    """

    def __init__(self, captions: Mapping[str, Sequence[str]]) -> None:
        names = sorted(captions)
        order = torch.randperm(len(names), generator=torch.Generator().manual_seed(0)).tolist()
        donors = [names[i] for i in [*order[1:], *order[:1]]]
        self._captions = {
            names[i]: list(captions[donor]) for i, donor in zip(order, donors, strict=True)
        }

    def __call__(self, sample: ChangeDataSample) -> ChangeDataSample:
        """The sample as its donor would speak: of the same number, where it has as many.

        Raises:
            KeyError: If a changed pair is not among those given.
        """
        if sample.change_flag != 1:
            return sample
        if sample.pair_id not in self._captions:
            raise KeyError(
                f"the placebo has no captions for pair {sample.pair_id!r}: train on the data set "
                "whose changed_captions() TextEmbeddingHook gave it"
            )
        borrowed = self._captions[sample.pair_id]
        own = sample.gt_captions
        numbers = [own.index(target) if target in own else 0 for target in sample.targets]
        spoken = ChangeDataSample(metainfo={"pair_id": sample.pair_id})
        spoken.gt_captions, spoken.change_flag = borrowed, 1
        spoken.targets = [borrowed[number % len(borrowed)] for number in numbers]
        return spoken
