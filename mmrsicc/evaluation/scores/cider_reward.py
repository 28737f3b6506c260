"""Reward of sentences that a captioner samples in training: their CIDEr-D."""

from collections.abc import Sequence

from mmrsicc.datasets.caption_file import read_split
from mmrsicc.evaluation.scores.ngram_scores import CiderD
from mmrsicc.registry import METRICS


@METRICS.register_module()
class CiderReward:
    """CIDEr-D against a pair's sentences, with the document frequencies of a training split.

    Args:
        ann_file: Caption file.
        split: Split of the training pairs.

    Raises:
        FileNotFoundError, ValueError: If the caption file cannot be read.
    """

    def __init__(self, ann_file: str, split: str = "train") -> None:
        self._score = CiderD([record.captions for record in read_split(ann_file, split)])

    def __call__(self, sentence: str, references: Sequence[str]) -> float:
        """The reward, as a fraction of 1 (perfect is 10)."""
        return self._score(sentence, references)
