"""Consensus decoding: of many drawn sentences, the one that is most like all the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mmrsicc.models.decoding.hypothesis import CaptionHead, Hypothesis
from mmrsicc.models.decoding.sample_search import SampleSearch
from mmrsicc.registry import TASK_UTILS
from mmrsicc.structures import Conditions, DifferenceFeatures

_ORDERS = 4


@TASK_UTILS.register_module()
class ConsensusSearch:
    """Minimum Bayes risk decoding (Kumar and Byrne 2004) over drawn sentences.

    Scores of captions compare n-grams with those of several references. The sentence that shares
    most n-grams with what the model might also have said scores better than the most probable one,
    which is short and general. Two sentences are compared by F1 of their n-grams, averaged over n
    from 1 to 4.

    The random numbers of the draws are the same at each call and for each pair, so that a pair's
    sentence does not depend on the pairs beside it.

    Args:
        samples: Sentences drawn per pair; costs as much as so many beams.
        max_length: Most ids of a sentence, the end included.
        length_penalty: Exponent of the length in the score; see :func:`normalised`.
        temperature: As for :class:`SampleSearch`.
        seed: Seed of the draws.

    Attributes:
        beam_size: Most sentences that are given per pair.
    """

    def __init__(
        self,
        samples: int = 24,
        max_length: int = 42,
        length_penalty: float = 1.0,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.sampling = SampleSearch(samples, max_length, length_penalty, temperature)
        self.beam_size = samples
        self.max_length = max_length
        self.length_penalty = length_penalty
        self.seed = seed

    def __call__(
        self,
        head: CaptionHead,
        features: DifferenceFeatures,
        start_id: int,
        end_id: int,
        conditions: Conditions | None = None,
    ) -> list[list[Hypothesis]]:
        """Decodes B pairs; returns for each its different sentences, best first.

        Raises:
            ValueError: If the head's logits are not finite.
        """
        drawn = self.sampling(head, features, start_id, end_id, conditions, self.seed)
        return [by_consensus(hypotheses) for hypotheses in drawn]


def by_consensus(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The different sentences among hypotheses, the one most like all of them first."""
    times = Counter(tuple(hypothesis.ids) for hypothesis in hypotheses)
    ngrams = {ids: _ngrams(ids) for ids in times}
    likeness = {
        ids: sum(count * _f1(ngrams[ids], ngrams[other]) for other, count in times.items())
        for ids in times
    }
    different = {tuple(hypothesis.ids): hypothesis for hypothesis in hypotheses}
    return sorted(different.values(), key=lambda h: likeness[tuple(h.ids)], reverse=True)


def _ngrams(ids: Sequence[int]) -> list[Counter[tuple[int, ...]]]:
    """Counts of n-grams, by n from 1 to 4."""
    return [
        Counter(tuple(ids[i : i + n]) for i in range(len(ids) - n + 1))
        for n in range(1, _ORDERS + 1)
    ]


def _f1(first: Sequence[Counter], second: Sequence[Counter]) -> float:
    """F1 of common n-grams, averaged over n; two sentences without n-grams are alike."""
    values = []
    for a, b in zip(first, second, strict=True):
        both = a.total() + b.total()
        values.append(2 * (a & b).total() / both if both else 1.0)
    return sum(values) / len(values)
