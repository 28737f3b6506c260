"""Sampling: words come as often as they are probable."""

from collections import Counter

import pytest
import torch
from test_models.test_decoding import END, START, MarkovHead, all_sentences, blank

from mmrsicc.models.decoding import SampleSearch


def draw(head, samples, seed=0, **options):
    torch.manual_seed(0)
    return SampleSearch(samples, **options)(head, blank(2), START, END, seed=seed)


@pytest.mark.parametrize("seed", [None, 0])
def test_sentences_come_as_often_as_they_are_probable(seed):
    head, samples = MarkovHead(pairs=2, seed=3), 20_000
    for pair, hypotheses in enumerate(draw(head, samples, seed, max_length=4)):
        found = Counter(tuple(h.ids) for h in hypotheses)
        for score, ids in all_sentences(head, pair, 4, length_penalty=0.0)[:5]:
            probability = torch.tensor(score).exp().item()
            spread = (probability / samples) ** 0.5
            assert found[tuple(ids)] / samples == pytest.approx(probability, abs=5 * spread)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_the_score_is_the_sentences_mean_log_probability(temperature):
    """By the model, whatever the temperature of the draws."""
    head = MarkovHead(pairs=2, seed=1)
    for pair, hypotheses in enumerate(draw(head, 8, max_length=6, temperature=temperature)):
        for h in hypotheses:
            ids = h.ids if len(h.ids) == 6 else [*h.ids, END]
            expected = head.log_probability(pair, ids) / len(ids)
            assert h.score == pytest.approx(expected, abs=1e-5)


def test_a_low_temperature_takes_the_likeliest_word():
    head = MarkovHead(pairs=2, seed=5)
    cold, other = draw(head, 3, max_length=6, temperature=1e-3), draw(head, 3, max_length=6)
    for pair in cold:
        assert len({tuple(h.ids) for h in pair}) == 1
    assert any(len({tuple(h.ids) for h in pair}) > 1 for pair in other)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="samples >= 1"):
        SampleSearch(0)
    with pytest.raises(ValueError, match="temperature > 0"):
        SampleSearch(temperature=0)


@pytest.mark.parametrize("position", [0, 1])
def test_a_diverged_model_is_named_wherever_it_diverges(position):
    head = MarkovHead(pairs=2, seed=0)
    head.tables[1, START if position == 0 else 2 :] = torch.nan
    with pytest.raises(ValueError, match="diverged"):
        draw(head, 50)
