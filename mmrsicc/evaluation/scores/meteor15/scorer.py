"""METEOR 1.5 for English in Python."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mmrsicc.evaluation.scores.meteor15.alignment import align
from mmrsicc.evaluation.scores.meteor15.files import read_tables
from mmrsicc.evaluation.scores.meteor15.matching import Sentence, WordStages, possible_matches
from mmrsicc.evaluation.scores.meteor15.normalize import normalized_words
from mmrsicc.evaluation.scores.meteor15.paraphrases import MAX_WORDS, read_paraphrases
from mmrsicc.evaluation.scores.meteor15.statistics import STATISTICS, count, meteor_scores

_Words = tuple[str, ...]


class Meteor:
    """METEOR 1.5 (Denkowski and Lavie, "Meteor Universal", WMT 2014), English, normalised text.

    Agrees with the Java program that pycocoevalcap runs, whose tables it reads: exact words, stems,
    WordNet's synonyms and a table of paraphrases. Sentences that come again, with the same
    reference, are not aligned again, so subsets of a set that was scored cost next to nothing.

    Raises:
        RuntimeError: The tables are missing.
    """

    def __init__(self) -> None:
        self._tables = read_tables()
        self._paraphrases = read_paraphrases()
        self._word_stages = WordStages(self._tables)
        self._words: dict[str, _Words] = {}
        self._counts: dict[tuple[_Words, _Words], list[int]] = {}

    def __call__(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> tuple[float, list[float]]:
        """Score of the set and of each pair, as fractions."""
        statistics = self.statistics(references, predictions)
        return float(meteor_scores(statistics.sum(axis=0))), meteor_scores(statistics).tolist()

    def statistics(
        self, references: Mapping[str, Sequence[str]], predictions: Mapping[str, str]
    ) -> NDArray:
        """(pairs, 23): of each pair, the statistics with the reference that scores best."""
        alignments = [
            [(self._normalized(predictions[pair]), self._normalized(text)) for text in texts]
            for pair, texts in references.items()
        ]
        self._align(list(dict.fromkeys(a for each in alignments for a in each)))
        sizes = [len(each) for each in alignments]
        counts = np.array([self._counts[a] for each in alignments for a in each], float)
        counts = counts.reshape(-1, len(STATISTICS))
        starts = np.cumsum([0, *sizes])
        scores = meteor_scores(counts)
        best = [s + int(scores[s:e].argmax()) for s, e in pairwise(starts)]
        return counts[best]

    def _normalized(self, text: str) -> _Words:
        if text not in self._words:
            # The line protocol of the original program has no way to say this.
            clean = text.replace("|||", " ")
            self._words[text] = tuple(normalized_words(clean, self._tables.prefixes))
        return self._words[text]

    def _align(self, pairs: Sequence[tuple[_Words, _Words]]) -> None:
        """Count the pairs that are new."""
        new = [pair for pair in pairs if pair not in self._counts]
        sentences = self._prepared({words for pair in new for words in pair})
        for test, reference in new:
            possible = possible_matches(sentences[test], sentences[reference], self._word_stages)
            matches = align(possible, len(test))
            function_words = self._tables.function_words
            self._counts[test, reference] = count(test, reference, matches, function_words)

    def _prepared(self, sentences: set[_Words]) -> dict[_Words, Sentence]:
        """Look all phrases up at once, and keep those whose paraphrase stands in some sentence."""
        phrases = {words: list(_phrases(words)) for words in sentences}
        table = self._paraphrases.among({text for each in phrases.values() for text, _, _ in each})
        produced = {other for others in table.values() for other in others}
        prepared = {}
        for words, each in phrases.items():
            places: dict[str, list[int]] = {}
            paraphrases: dict[str, list[tuple[int, int]]] = {}
            for text, start, length in each:
                if text in produced:
                    places.setdefault(text, []).append(start)
                for other in table.get(text, ()):
                    paraphrases.setdefault(other, []).append((start, length))
            prepared[words] = Sentence(words, places, paraphrases)
        return prepared


def _phrases(words: _Words) -> list[tuple[str, int, int]]:
    """Text, start and number of words of every phrase that the table may have."""
    return [
        (" ".join(words[start : start + length]), start, length)
        for start in range(len(words))
        for length in range(1, min(MAX_WORDS, len(words) - start) + 1)
    ]
