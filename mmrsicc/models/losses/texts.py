"""Texts of the text guidance: frozen embeddings of all sentences, those of a batch, a placebo."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmrsicc.datasets.counterfactuals import hard_negatives
from mmrsicc.models.text_encoders import cached_embeddings
from mmrsicc.structures import ChangeDataSample


class SentenceTable(nn.Module):
    """Looks up frozen sentence embeddings; no part of a checkpoint.

    Attributes:
        embeddings: (N, E), on the module's device. No buffer, since averages of a model's weights
            go over its buffers, and this one has no rows before the training begins.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}
        self.embeddings = torch.empty(0)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "SentenceTable":
        self.embeddings = fn(self.embeddings)
        return super()._apply(fn, recurse)

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


@dataclass(frozen=True)
class PairTexts:
    """Texts of the local pairs, as rows of a :class:`SentenceTable`.

    Attributes:
        candidates: (B, M) rows of the sentences that each pair is contrasted with.
        references: (B, R) rows of all references of each pair, -1 where it has fewer.
        hard: (B, n) rows of counterfactuals of each pair's sentences, -1 where it has fewer.
        facts: (B, 3) change flag, -1 where unknown, and a number of two halves that two pairs share
            if, and only if, they have the same set of references.
    """

    candidates: Tensor
    references: Tensor
    hard: Tensor
    facts: Tensor

    @classmethod
    def of(
        cls,
        samples: Sequence[ChangeDataSample],
        table: SentenceTable,
        candidates: int,
        hard: int,
    ) -> "PairTexts":
        """Texts of samples: one copy to the table's device for all.

        Args:
            samples: With ``targets``, ``gt_captions`` and, where known, ``change_flag``.
            table: Knows all of these, and their counterfactuals where they are asked for.
            candidates: Sentences of each pair, M; targets are repeated where there are fewer.
            hard: Counterfactuals of each pair, n.
        """
        targets = [table.rows(sample.targets) for sample in samples]
        references = [table.rows(sample.gt_captions) for sample in samples]
        most = max(map(len, references))
        numbers = [
            [
                *(own[m % len(own)] for m in range(candidates)),
                *_padded(every, most),
                *_padded(table.rows(_drawn(sample, hard)), hard),
                int(sample.get("change_flag", -1)),
                *_halves(frozenset(every)),
            ]
            for sample, own, every in zip(samples, targets, references, strict=True)
        ]
        rows = torch.tensor(numbers).to(table.embeddings.device, non_blocking=True)
        return cls(*rows.split([candidates, most, hard, 3], dim=1))


def _padded(rows: Sequence[int], length: int) -> list[int]:
    return [*rows, *[-1] * (length - len(rows))]


def _drawn(sample: ChangeDataSample, count: int) -> list[str]:
    """Up to so many counterfactuals of a sample's targets, of every category in turn."""
    if not count:
        return []
    found = {
        negative.text: negative.category
        for target in sample.targets
        for negative in hard_negatives(target, sample.gt_captions)
    }
    texts = list(found)
    texts = [texts[i] for i in torch.randperm(len(texts)).tolist()]
    seen: Counter[str] = Counter()
    turns: dict[str, int] = {}
    for text in texts:
        turns[text] = seen[found[text]]
        seen[found[text]] += 1
    return sorted(texts, key=turns.__getitem__)[:count]


def _halves(rows: frozenset[int]) -> tuple[int, int]:
    """A number of 48 bits that stands for a set of rows, as two of 24, the same everywhere."""
    digest = blake2b(repr(sorted(rows)).encode(), digest_size=6).digest()
    return int.from_bytes(digest[:3], "big"), int.from_bytes(digest[3:], "big")


class ExchangedCaptions:
    """Gives each changed pair the captions of another changed pair, the same one in every epoch.

    What the texts are like as a whole, that a pair keeps its own, and that unchanged pairs, and
    those without a flag, have theirs, all stays; what a text says of its pair is lost.

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
        if sample.get("change_flag") != 1:
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
