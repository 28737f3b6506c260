"""Greedy decoding as published evaluation scripts do it, one pair at a time.

They are here to be measured against: all of them give the sentences of
:class:`~mmrsicc.models.decoding.GreedySearch`, which decodes all pairs of a batch together.
"""

from typing import Any

import torch
from torch import Tensor

from mmrsicc.structures import DifferenceFeatures


def padded_loop(
    head: Any, difference: DifferenceFeatures, start_id: int, pad_id: int, length: int
) -> list[list[int]]:
    """The whole sentence at its full length, padding and all, again for every word.

    So do the scripts of RSICCformer, PSNet and SECOND-CC's MModalCC (52 ids), Chg2Cap (its
    ``max_length``) and MCCFormers (80), with a batch size of one.
    """

    def next_word(one: DifferenceFeatures, ids: Tensor) -> Tensor:
        padded = torch.full((1, length), pad_id, device=ids.device)
        padded[:, : ids.shape[1]] = ids
        return head(one, padded.unsqueeze(1))[:, 0, ids.shape[1] - 1]

    return [_grown(one, next_word, start_id, length) for one in _one_by_one(difference)]


def growing_loop(
    head: Any, difference: DifferenceFeatures, start_id: int, length: int
) -> list[list[int]]:
    """The sentence so far, without padding, again for every word."""

    def next_word(one: DifferenceFeatures, ids: Tensor) -> Tensor:
        return head(one, ids.unsqueeze(1))[:, 0, -1]

    return [_grown(one, next_word, start_id, length) for one in _one_by_one(difference)]


def cached_loop(
    head: Any, difference: DifferenceFeatures, start_id: int, length: int
) -> list[list[int]]:
    """The head's own steps; that is how recurrent captioners decode."""
    sentences = []
    for one in _one_by_one(difference):
        state = head.start(one)
        last = torch.full((1,), start_id, device=difference.tokens.device)
        words = []
        for _ in range(length):
            logits, state = head.step(last, state)
            last = logits.argmax(-1)
            words.append(last)
        sentences.append(torch.cat(words).tolist())
    return sentences


def _one_by_one(difference: DifferenceFeatures) -> list[DifferenceFeatures]:
    """The features of each pair that a head reads."""
    return [
        DifferenceFeatures(difference.tokens[row : row + 1], difference.pooled[row : row + 1])
        for row in range(len(difference.tokens))
    ]


def _grown(one: DifferenceFeatures, next_word: Any, start_id: int, length: int) -> list[int]:
    ids = torch.full((1, 1), start_id, device=one.tokens.device)
    for _ in range(length):
        word = next_word(one, ids).argmax(-1, keepdim=True)
        ids = torch.cat([ids, word], dim=1)
    return ids[0, 1:].tolist()
