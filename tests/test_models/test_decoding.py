"""Decoding against enumeration of all sentences of a small Markov language, and word by word.

Each test runs as on a CPU, where the searches look after every step whether sentences have ended,
and as on a GPU, where they look after every eighth.
"""

import itertools
from dataclasses import dataclass

import pytest
import torch
from test_models.parts import said

from mmrsicc.models.decoding import (
    BeamSearch,
    GreedySearch,
    beam_search,
    greedy_search,
    sample_search,
)
from mmrsicc.models.decoding.hypothesis import steps_between_checks
from mmrsicc.models.heads import TransformerCaptionHead
from mmrsicc.structures import Conditions, DifferenceFeatures

START, END, WORDS = 0, 1, 5


@pytest.fixture(autouse=True, params=[1, 8], ids=["cpu", "gpu"])
def interval(request, monkeypatch):
    """Steps after which the searches look whether sentences have ended."""
    for search in (beam_search, greedy_search, sample_search):
        monkeypatch.setattr(search, "steps_between_checks", lambda device: request.param)
    return request.param


@dataclass
class State:
    rows: torch.Tensor

    def select(self, rows, pairs=None):
        return State(self.rows[rows])


class MarkovHead:
    """Each pair has its own table of next-word probabilities given the last word.

    It counts the rows of each step, and keeps how the batch shrank.
    """

    def __init__(self, pairs: int, seed: int, scale: float = 2.0) -> None:
        generator = torch.Generator().manual_seed(seed)
        tables = scale * torch.randn(pairs, WORDS, WORDS, generator=generator)
        tables[:, :, START] = -1e9
        self.tables = tables
        self.steps = []

    def start(self, difference, conditions=None):
        return State(torch.arange(len(difference.tokens)))

    def step(self, tokens, state):
        assert len(tokens) == len(state.rows)
        self.steps.append(len(tokens))
        return self.tables[state.rows, tokens], state

    def log_probability(self, pair, ids):
        table = self.tables[pair].log_softmax(-1)
        return sum(float(table[a, b]) for a, b in itertools.pairwise([START, *ids]))


class DriftingHead(MarkovHead):
    """Its tables change from word to word: in a Markov language many sentences are alike."""

    def __init__(self, pairs, seed, scale, length=24):
        super().__init__(pairs, seed, scale)
        generator = torch.Generator().manual_seed(seed + 1)
        drift = torch.randn(length, 1, WORDS, WORDS, generator=generator)
        self.drifting = self.tables + 0.5 * drift

    def step(self, tokens, state):
        self.tables = self.drifting[len(self.steps)]
        return super().step(tokens, state)


def beams_word_by_word(next_words, width, max_length, length_penalty, end):
    """Beam search of one pair in plain Python: sentences with their scores, best first.

    ``next_words`` gives the log-probabilities of all words after a beginning. A beam that ends
    among the ``width`` best candidates is set aside; the search is over once there are ``width``
    such, or at the limit, where the open beams are set aside as they stand.
    """
    beams, aside = [(0.0, [])], []
    for length in range(1, max_length + 1):
        candidates = [
            (total + log, [*ids, word])
            for total, ids in beams
            for word, log in enumerate(next_words(ids))
        ]
        candidates = sorted(candidates, key=lambda c: c[0], reverse=True)[: 2 * width]
        for total, ids in candidates[:width]:
            if ids[-1] == end:
                aside.append((total / length**length_penalty, ids[:-1]))
        beams = [c for c in candidates if c[1][-1] != end][:width]
        if len(aside) >= width:
            break
    else:
        aside += [(total / max_length**length_penalty, ids) for total, ids in beams]
    return sorted(aside, key=lambda a: a[0], reverse=True)[:width]


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


def assert_same(hypotheses, expected):
    assert [h.ids for h in hypotheses] == [ids for _, ids in expected]
    for hypothesis, (score, _) in zip(hypotheses, expected, strict=True):
        assert hypothesis.score == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("width", "length_penalty"), [(1, 1.0), (2, 0.0), (3, 1.0), (4, 0.6)])
@pytest.mark.parametrize("max_length", [7, 19])  # Less than a GPU's interval, and more.
def test_beams_are_those_of_each_pair_word_by_word(seed, width, length_penalty, max_length):
    pairs = 9
    head = DriftingHead(pairs, seed, scale=1.5)
    tables = head.drifting.log_softmax(-1).tolist()
    search = BeamSearch(width, max_length, length_penalty)
    for pair, hypotheses in enumerate(search(head, blank(pairs), START, END)):

        def next_words(ids, pair=pair):
            return tables[len(ids)][pair][ids[-1] if ids else START]

        expected = beams_word_by_word(next_words, width, max_length, length_penalty, END)
        assert_same(hypotheses, expected)


@pytest.mark.parametrize("search", [BeamSearch(3, 25), GreedySearch(25)])
def test_pairs_leave_the_batch_when_they_are_looked_at(search, interval):
    head, width = MarkovHead(12, seed=2, scale=1.0), getattr(search, "beam_size", 1)
    search(head, blank(12), START, END)
    shrinks = [k for k, (a, b) in enumerate(itertools.pairwise(head.steps), start=1) if a != b]
    assert shrinks and all(k % interval == 0 for k in shrinks)
    assert head.steps == sorted(head.steps, reverse=True) and head.steps[0] == 12 * width
    assert all(rows % width == 0 for rows in head.steps) and len(head.steps) <= 25


def test_a_gpu_is_asked_less_often():
    assert steps_between_checks(torch.device("cpu")) == 1
    assert steps_between_checks(torch.device("cuda")) == 8


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


@pytest.fixture
def transformer(vocabulary):
    """A head whose sentences depend on their pair."""
    torch.manual_seed(0)
    head = TransformerCaptionHead(32, vocabulary, dims=32, num_heads=4).eval()
    torch.nn.init.normal_(head.classifier.weight, std=0.3)
    torch.nn.init.normal_(head.layers[0].memory_attention.output.weight, std=2.0)
    return head


@pytest.mark.parametrize("prompt", [None, [[4, 5], [6, 7], [4, 8], [9, 5], [7, 7]]])
@torch.no_grad()
def test_a_transformer_s_beams_are_those_of_whole_sentences(
    transformer, difference, vocabulary, prompt
):
    """Kept keys and values, selected and exchanged, against the whole sentence at each word."""
    start, end = vocabulary.start_id, vocabulary.end_id
    told = None if prompt is None else Conditions(prompt=torch.tensor(prompt))
    found = BeamSearch(3, 11)(transformer, difference, start, end, told)
    for row, hypotheses in enumerate(found):
        pair = DifferenceFeatures(difference.tokens[[row]], difference.pooled[[row]])
        beginning = [start, *(prompt[row] if prompt else [])]

        def next_words(ids, pair=pair, beginning=beginning):
            logits = said(transformer, pair, torch.tensor([[*beginning, *ids]]))
            return logits[0, -1].log_softmax(-1).tolist()

        assert_same(hypotheses, beams_word_by_word(next_words, 3, 11, 1.0, end))


def test_a_batch_decodes_as_its_pairs_do_alone(transformer, vocabulary, difference):
    head = transformer
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
