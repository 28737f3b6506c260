"""Decoding against enumeration of all sentences of a small Markov language."""

import itertools
from dataclasses import dataclass

import pytest
import torch

from mmrsicc.models.decoding import BeamSearch, GreedySearch
from mmrsicc.models.heads import TransformerCaptionHead
from mmrsicc.structures import DifferenceFeatures

START, END, WORDS = 0, 1, 5


@dataclass
class State:
    rows: torch.Tensor

    def select(self, rows, pairs=None):
        return State(self.rows[rows])


class MarkovHead:
    """Each pair has its own table of next-word probabilities given the last word."""

    def __init__(self, pairs: int, seed: int, scale: float = 2.0) -> None:
        generator = torch.Generator().manual_seed(seed)
        tables = scale * torch.randn(pairs, WORDS, WORDS, generator=generator)
        tables[:, :, START] = -1e9
        self.tables = tables

    def start(self, difference, conditions=None):
        return State(torch.arange(len(difference.tokens)))

    def step(self, tokens, state):
        return self.tables[state.rows, tokens], state

    def log_probability(self, pair, ids):
        table = self.tables[pair].log_softmax(-1)
        return sum(float(table[a, b]) for a, b in itertools.pairwise([START, *ids]))


def blank(pairs):
    return DifferenceFeatures(tokens=torch.zeros(pairs, 1, 1), pooled=torch.zeros(pairs, 1))


def all_sentences(head, pair, max_length, length_penalty):
    """(score, ids) of every sentence that ends, or meets the limit, best first."""
    found = []
    words = [w for w in range(WORDS) if w not in (START, END)]
    for length in range(1, max_length + 1):
        for body in itertools.product(words, repeat=length - 1):
            ids = [*body, END]
            found.append((head.log_probability(pair, ids) / length**length_penalty, list(body)))
    for body in itertools.product(words, repeat=max_length):
        score = head.log_probability(pair, body) / max_length**length_penalty
        found.append((score, list(body)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
def test_a_wide_beam_finds_the_best_of_all_sentences(length_penalty):
    head, pairs, max_length = MarkovHead(6, seed=3), 6, 4
    search = BeamSearch(beam_size=120, max_length=max_length, length_penalty=length_penalty)
    for pair, hypotheses in enumerate(search(head, blank(pairs), START, END)):
        expected = all_sentences(head, pair, max_length, length_penalty)
        assert [h.ids for h in hypotheses[:5]] == [ids for _, ids in expected[:5]]
        for hypothesis, (score, _) in zip(hypotheses[:5], expected[:5], strict=True):
            assert hypothesis.score == pytest.approx(score, abs=1e-4)


def test_greedy_takes_the_most_probable_word_each_time():
    head = MarkovHead(8, seed=1)
    for pair, (hypothesis,) in enumerate(GreedySearch(max_length=6)(head, blank(8), START, END)):
        last, ids = START, []
        while len(ids) < 6:
            last = int(head.tables[pair, last].argmax())
            ids.append(last)
            if last == END:
                break
        assert hypothesis.ids == [i for i in ids if i != END]
        expected = head.log_probability(pair, ids) / len(ids)
        assert hypothesis.score == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_one_beam_is_greedy(seed):
    head = MarkovHead(7, seed)
    greedy = GreedySearch(max_length=9)(head, blank(7), START, END)
    beam = BeamSearch(beam_size=1, max_length=9)(head, blank(7), START, END)
    for ours, theirs in zip(greedy, beam, strict=True):
        assert ours[0].ids == theirs[0].ids
        assert ours[0].score == pytest.approx(theirs[0].score, abs=1e-5)


def test_a_sentence_that_meets_the_limit_is_kept():
    head = MarkovHead(3, seed=0)
    head.tables[:, :, END] = -1e9
    for search in (GreedySearch(max_length=4), BeamSearch(beam_size=2, max_length=4)):
        for hypotheses in search(head, blank(3), START, END):
            assert len(hypotheses[0].ids) == 4


def test_a_batch_decodes_as_its_pairs_do_alone(vocabulary, difference):
    torch.manual_seed(0)
    head = TransformerCaptionHead(32, vocabulary, dims=32, num_heads=4).eval()
    torch.nn.init.normal_(head.classifier.weight, std=0.3)
    # Sentences that depend on their pair.
    torch.nn.init.normal_(head.layers[0].memory_attention.output.weight, std=2.0)
    start, end = vocabulary.start_id, vocabulary.end_id
    for search in (GreedySearch(12), BeamSearch(3, 12)):
        together = search(head, difference, start, end)
        lengths = {len(hypotheses[0].ids) for hypotheses in together}
        assert len(lengths) > 1, "sentences of one length would not test leaving the batch"
        for row, hypotheses in enumerate(together):
            alone = DifferenceFeatures(
                difference.tokens[row : row + 1], difference.pooled[row : row + 1]
            )
            (expected,) = search(head, alone, start, end)
            assert [h.ids for h in hypotheses] == [h.ids for h in expected]


def test_beam_size_and_penalty_are_checked():
    with pytest.raises(ValueError, match="beam_size >= 1"):
        BeamSearch(beam_size=0)
    for search in (BeamSearch, GreedySearch):
        with pytest.raises(ValueError, match="max_length >= 1"):
            search(max_length=0)


@pytest.mark.parametrize("search", [BeamSearch(beam_size=2), GreedySearch()])
def test_a_diverged_model_is_named(search):
    head = MarkovHead(2, seed=0)
    head.tables[1] = torch.nan  # one pair is enough
    with pytest.raises(ValueError, match="diverged"):
        search(head, blank(2), START, END)
