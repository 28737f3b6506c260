"""METEOR's counts of a pair of sentences, and the score from such counts."""

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from mmrsicc.evaluation.scores.meteor15.alignment import count_chunks
from mmrsicc.evaluation.scores.meteor15.matching import Match

#: METEOR's sufficient statistics, in the order of the original program's output.
STATISTICS = (
    *("test_words", "reference_words", "test_function_words", "reference_function_words"),
    *(
        f"{side}_{kind}_words_matched_by_{stage}"
        for stage in ("exact", "stem", "synonym", "paraphrase")
        for kind in ("content", "function")
        for side in ("test", "reference")
    ),
    *("chunks", "test_words_matched", "reference_words_matched"),
)

# The English parameters of METEOR 1.5.
_ALPHA, _BETA, _GAMMA, _DELTA = 0.85, 0.2, 0.6, 0.75
_STAGE_WEIGHTS = (1.0, 0.6, 0.8, 0.6)


def count(
    test: Sequence[str],
    reference: Sequence[str],
    matches: Sequence[Match],
    function_words: Set[str],
) -> list[int]:
    """The :data:`STATISTICS` of one alignment of two sentences.

    The single chunk of a sentence that matches its reference as a whole is no fragment, and counts
    as none.
    """
    test_is_function = [word in function_words for word in test]
    is_function = [word in function_words for word in reference]
    matched = [0] * 16
    for match in matches:
        place = 4 * match.stage
        for flag in test_is_function[match.test_start : match.test_start + match.test_length]:
            matched[place + 2 * flag] += 1
        for flag in is_function[match.start : match.start + match.length]:
            matched[place + 2 * flag + 1] += 1
    words, matched_words = [len(test), len(reference)], [sum(matched[::2]), sum(matched[1::2])]
    chunks = count_chunks(matches)
    if chunks == 1 and matched_words == words:
        chunks = 0
    function_counts = [sum(test_is_function), sum(is_function)]
    return [*words, *function_counts, *matched, chunks, *matched_words]


def meteor_scores(statistics: NDArray) -> NDArray:
    """METEOR from :data:`STATISTICS` of a pair, or added up over many.

    Precision and recall weigh content words by 0.75 and function words by 0.25; their mean is cut
    by a penalty for being matched in many chunks.

    Args:
        statistics: (..., 23).

    Returns:
        (...), fractions; 0 where nothing matches.
    """
    words, function_words = statistics[..., 0:2], statistics[..., 2:4]
    chunks, matched_words = statistics[..., 20], statistics[..., 21:23]
    by_stage = statistics[..., 4:20].reshape(*statistics.shape[:-1], 4, 2, 2)
    matched = np.einsum("...skt,s,k->...t", by_stage, _STAGE_WEIGHTS, (_DELTA, 1 - _DELTA))
    weight = _DELTA * (words - function_words) + (1 - _DELTA) * function_words
    ratios = _divide(matched, weight)
    precision, recall = ratios[..., 0], ratios[..., 1]
    mean = _divide(precision * recall, _ALPHA * precision + (1 - _ALPHA) * recall)
    fragmentation = _divide(chunks, matched_words.mean(axis=-1))
    return mean * (1 - _GAMMA * fragmentation**_BETA)


def _divide(numerator: NDArray, denominator: NDArray) -> NDArray:
    """The quotient, 0 for 0 / 0."""
    return numerator / np.where(denominator == 0, 1, denominator)
