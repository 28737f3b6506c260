"""Consensus decoding: the sentence that shares most with the others."""

import pytest
import torch
from test_models.test_decoding import END, START, MarkovHead, blank

from mmrsicc.models.decoding import ConsensusSearch, Hypothesis, SampleSearch
from mmrsicc.models.decoding.consensus_search import by_consensus


def ids_of(hypotheses):
    return [h.ids for h in hypotheses]


def test_likeness_by_hand():
    # Likeness to all four: [2, 3] is twice itself (2), to [2, 3, 4] 2/5 * 2 + 2 * 1/3 + ...
    drawn = [Hypothesis(ids, 0.0) for ids in ([2, 3], [4], [2, 3], [2, 3, 4])]
    # F1 of 1- to 4-grams; of orders that neither has, 1.
    near = (4 / 5 + 2 / 3 + 0 + 1) / 4
    far, last = (0 + 0 + 1 + 1) / 4, (2 / 4 + 0 + 0 + 1) / 4
    expected = {(2, 3): 2 + near + far, (2, 3, 4): 1 + 2 * near + last, (4,): 1 + 2 * far + last}
    order = sorted(expected, key=expected.__getitem__, reverse=True)
    assert [tuple(ids) for ids in ids_of(by_consensus(drawn))] == order


def test_a_sentence_that_shares_with_all_beats_the_one_that_comes_most_often():
    often = [[9, 9, 9, 9, 9]] * 3
    related = [[2, 3, 4, 5, n] for n in (6, 7, 8)] + [[2, 3, 4, 5]]
    drawn = [Hypothesis(ids, 0.0) for ids in often + related]
    assert by_consensus(drawn)[0].ids == [2, 3, 4, 5]


def test_draws_are_the_same_each_time_and_leave_the_global_generator_alone():
    head, search = MarkovHead(pairs=2, seed=0), ConsensusSearch(samples=16, max_length=6)
    state = torch.get_rng_state()
    first = search(head, blank(2), START, END)
    torch.rand(3)
    assert [ids_of(pair) for pair in first] == [
        ids_of(pair) for pair in search(head, blank(2), START, END)
    ]
    torch.set_rng_state(state)
    drawn = SampleSearch(16, 6)(head, blank(2), START, END, seed=0)
    for pair, hypotheses in zip(drawn, first, strict=True):
        assert {tuple(h.ids) for h in pair} == {tuple(h.ids) for h in hypotheses}
        assert len(hypotheses) == len({tuple(h.ids) for h in hypotheses})


def test_a_pairs_sentence_does_not_depend_on_the_pairs_beside_it():
    """Shards, resumed runs and batches of other sizes would else say something else."""
    head, search = MarkovHead(pairs=6, seed=0), ConsensusSearch(samples=8, max_length=6)
    together = search(head, blank(6), START, END)
    tables = head.tables
    for pair, expected in enumerate(together):
        head.tables = tables[pair : pair + 1]
        (alone,) = search(head, blank(1), START, END)
        assert ids_of(alone) == ids_of(expected)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples >= 1"):
        ConsensusSearch(samples=0)
